// Where one reads and writes stays where it is while what is around it changes.

const NEAR_PX = 80;

const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;

export function toEnd(list) {
  list.scrollTop = list.scrollHeight;
}

// A list that stands at its end stays there while it grows.
export function keepAtEnd(list, change) {
  const wasAtEnd = isAtEnd(list);
  change();
  if (wasAtEnd) toEnd(list);
}

// A pane that is drawn anew, but shows the same: the focus in its box, and how far it was scrolled, are kept.
export function keepPlace(pane, change) {
  const list = pane.querySelector(".messages, .home");
  const from = list && (list.matches(".home") || !isAtEnd(list)) ? list.scrollTop : null;
  const box = pane.querySelector(".composer textarea");
  const cursor = box && box === document.activeElement ? [box.selectionStart, box.selectionEnd] : null;
  change();
  if (from !== null) pane.querySelector(".messages, .home").scrollTop = from;
  const again = cursor && pane.querySelector(".composer textarea");
  again?.setSelectionRange(...cursor);
  again?.focus(); // what can follow is offered again, by where the cursor stands
}
