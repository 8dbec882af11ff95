// A list that stands at its end stays there while it grows.

const NEAR_PX = 80;

export function keepAtEnd(list, change) {
  const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
  change();
  if (wasAtEnd) list.scrollTop = list.scrollHeight;
}

export function toEnd(list) {
  list.scrollTop = list.scrollHeight;
}
