// Everything on the page is made here: text becomes text nodes, never HTML.

export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(node, name, value);
  node.append(...present(children));
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "class") node.className = value;
  else if (name in node && name !== "list" && typeof value !== "string") node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

// What is left of nested lists of children once the absent ones are out.
export const present = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

export const $ = (id) => document.getElementById(id);

export const isNarrow = () => matchMedia("(max-width: 760px)").matches;

let ids = 0;
export const newId = (prefix) => `${prefix}-${(ids += 1)}`;

// A square button that shows only an icon; `label` is what it is called.
export function iconButton(label, shown, onclick, props = {}) {
  const { class: extra = "", ...others } = props;
  const button = { class: `icon-only ${extra}`, type: "button", title: label, "aria-label": label, onclick };
  return h("button", { ...button, ...others }, shown);
}
