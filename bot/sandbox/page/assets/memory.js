// What this browser tab remembers. A private window may refuse: then nothing is remembered.

export function remembered(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // nothing is lost but the memory of it
  }
}
