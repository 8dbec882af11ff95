// Line drawings on a grid of 24. They stand in for emoji too: a machine may have no font that draws those.

const SHAPES = {
  hash: "M9.5 4 7.5 20M16.5 4l-2 16M4.5 9.5h16M3.5 14.5h16",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v10H5z",
  send: "M4 12 20 4l-5 16-3.5-6.5z",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  menu: "M4 7h16M4 12h16M4 17h16",
  thread: "M5 5h14v10H11l-4 4v-4H5z",
  edit: "M5 19l1-4L16 5l3 3L9 18z",
  trash: "M5 7h14M9 7V5h6v2M7 7l1 13h8l1-13",
  eye: "M2 12s4-6 10-6 10 6 10 6-4 6-10 6S2 12 2 12zM12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5",
  up: "M7 11v9H4v-9zM7 11l4-8c2 0 2.5 1.5 2 3.5L12.5 9H19l-1.5 9q-.4 2-2.5 2H7",
  down: "M17 13V4h3v9zM17 13l-4 8c-2 0-2.5-1.5-2-3.5l.5-2.5H5l1.5-9Q6.9 4 9 4h8",
  check: "M5 12.5l4.5 4.5L19 7.5",
  alert: "M12 4 2.5 20h19zM12 10v4M12 17v.5",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9v.01",
  plus: "M12 5v14M5 12h14",
  more: "M12 5v.01M12 12v.01M12 19v.01",
  smile: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M8.5 14q3.5 4 7 0M9 9.5v.01M15 9.5v.01",
  link: "M10 14l4-4M8.5 11.5 6 14a3.5 3.5 0 0 0 5 5l2.5-2.5M15.5 12.5 18 10a3.5 3.5 0 0 0-5-5l-2.5 2.5",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  clip: "M19 11l-7.5 7.5a4.5 4.5 0 0 1-6.5-6.5L13 4a3 3 0 0 1 4.5 4.5L10 16a1.5 1.5 0 0 1-2.5-2.5L14 7",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  bug: "M8 9a4 4 0 0 1 8 0v6a4 4 0 0 1-8 0zM12 9v10M4 8l4 2M20 8l-4 2M3.5 14H8M16 14h4.5M5 20l3-3M19 20l-3-3",
  gear: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
  group: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M3 20q0-6 6-6t6 6M15.5 11a2.5 2.5 0 1 0 0-5M17 14q4 .5 4 5",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13M15.5 15.5 20 20",
  stop: "M7 7h10v10H7z",
  clock: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 7v5l3.5 2",
  info: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 11v6M12 7.5v.01",
  no: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M6 6l12 12",
  repeat: "M4 11a8 8 0 0 1 14-4l2 2M20 4v5h-5M20 13a8 8 0 0 1-14 4l-2-2M4 20v-5h5",
  book: "M5 4h6q1 0 1 1v15q0-1-1-1H5zM19 4h-6q-1 0-1 1v15q0-1 1-1h6z",
  bulb: "M9 18h6M10 21h4M12 3a6 6 0 0 1 3.5 11v1.5h-7V14A6 6 0 0 1 12 3",
  heart: "M12 20 4.5 12.5a4.5 4.5 0 0 1 7.5-5 4.5 4.5 0 0 1 7.5 5z",
  globe: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M3 12h18M12 3q4 4 4 9t-4 9q-4-4-4-9t4-9",
  dot: "M12 6a6 6 0 1 1 0 12 6 6 0 0 1 0-12",
  question: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3q-1 .5-1 1.7M12 16.5v.01",
};

// Without a `label` it is decoration, and a screen reader passes over it.
export function icon(name, { label = "", tone = "" } = {}) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const spoken = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  const attributes = { viewBox: "0 0 24 24", class: `icon icon-${name} ${tone}`.trim(), ...spoken };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name] ?? SHAPES.dot);
  svg.append(path);
  return svg;
}
