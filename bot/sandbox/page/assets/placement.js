// Where something that floats over the page stands: below what it belongs to, or above if there is more room.

const GAP = 4;
const EDGE = 8;

export function placeBeside(node, anchor, { isAsWide = false } = {}) {
  const at = anchor.getBoundingClientRect();
  if (isAsWide) node.style.width = `${at.width}px`;
  const isBelow = innerHeight - at.bottom > node.offsetHeight + EDGE || innerHeight - at.bottom > at.top;
  const top = isBelow ? at.bottom + GAP : at.top - node.offsetHeight - GAP;
  node.style.top = `${within(top, innerHeight - node.offsetHeight)}px`;
  node.style.left = `${within(at.left, innerWidth - node.offsetWidth)}px`;
}

const within = (value, end) => Math.max(EDGE, Math.min(value, end - EDGE));
