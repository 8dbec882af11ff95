// A menu that opens at a button: arrow keys move, Escape closes, the focus goes back to the button.

import { $, h } from "./dom.js";
import { placeBeside } from "./placement.js";

let closeOpen = null;

export const closeMenu = () => closeOpen?.(false);

// Items are {title, note, before, do, isDanger}, or {row: node of menu items}, or null for a line.
export function openMenu(button, label, items) {
  const wasOpen = closeOpen && button.getAttribute("aria-expanded") === "true";
  closeMenu();
  if (wasOpen) return;
  const node = h("div", { class: "menu-list", role: "menu", "aria-label": label }, items.map(entry));
  // what is outside an open dialog cannot be reached
  (button.closest("dialog") ?? $("menus")).append(node);
  button.setAttribute("aria-expanded", "true");
  placeBeside(node, button);
  const outside = (event) => {
    if (!node.contains(event.target) && !button.contains(event.target)) close(false);
  };
  const close = (returnsFocus) => {
    closeOpen = null;
    document.removeEventListener("pointerdown", outside, true);
    button.setAttribute("aria-expanded", "false");
    node.remove();
    if (returnsFocus) button.focus();
  };
  closeOpen = close;
  document.addEventListener("pointerdown", outside, true);
  node.addEventListener("keydown", (event) => onKey(event, node, close));
  node.addEventListener("click", (event) => event.target.closest("[role=menuitem]") && close(true), true);
  node.querySelector("[role=menuitem]")?.focus({ preventScroll: true });
}

function entry(item) {
  if (!item) return h("div", { class: "menu-line", role: "separator" });
  if (item.row) return item.row;
  const kind = item.isDanger ? "danger" : "";
  return h(
    "button",
    { type: "button", role: "menuitem", tabindex: "-1", class: kind, onclick: item.do },
    item.before ?? null,
    h("span", { class: "grow" }, item.title, item.note ? h("small", {}, item.note) : null),
  );
}

function onKey(event, node, close) {
  const items = [...node.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  const to = {
    ArrowDown: at + 1,
    ArrowRight: at + 1,
    ArrowUp: at - 1,
    ArrowLeft: at - 1,
    Home: 0,
    End: items.length - 1,
  }[event.key];
  if (to !== undefined) items[(to + items.length) % items.length]?.focus();
  else if (event.key === "Escape" || event.key === "Tab") close(true);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
