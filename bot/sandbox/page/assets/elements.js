// The elements of blocks that do something at once: buttons, menus, selects outside of inputs.

import { confirmed } from "./dialogs.js";
import { h } from "./dom.js";
import { withDrawings } from "./emoji.js";
import { imageOf } from "./files.js";
import { icon } from "./icons.js";
import { field, knowsField } from "./inputs.js";
import { openMenu } from "./menu.js";
import { cannotDraw } from "./notices.js";
import { say } from "./words.js";

const plain = (object) => object?.text ?? "";

export function element(part, place) {
  if (ELEMENTS[part.type]) return ELEMENTS[part.type](part, place);
  if (!knowsField(part.type)) return cannotDraw(part.type);
  return field(part, { ...place, changed: (value) => acted(part, place, value) }, { isAlone: true });
}

// Asks first where the bot wants it asked. Resolves when the bot has acknowledged.
async function acted(part, place, value) {
  if (part.confirm && !(await confirmed(part.confirm))) return undefined;
  return place.act(part.action_id, value);
}

// While the bot has not acknowledged, the button shows that it was pressed.
async function pressed(button, part, place, value) {
  if (button.getAttribute("aria-busy") === "true") return;
  if (part.confirm && !(await confirmed(part.confirm))) return;
  button.setAttribute("aria-busy", "true");
  await place.act(part.action_id, value);
  button.removeAttribute("aria-busy");
}

const ELEMENTS = {
  button(part, place) {
    const press = (event) => pressed(event.currentTarget, part, place, part.value);
    const props = {
      class: `button ${part.style ?? ""}`,
      onclick: press,
      "aria-label": part.accessibility_label,
    };
    const label = withDrawings(plain(part.text));
    if (!part.url) return h("button", { ...props, type: "button" }, label);
    const href = /^https?:/i.test(part.url) ? part.url : null;
    return h("a", { ...props, href, target: "_blank", rel: "noopener noreferrer" }, label);
  },

  workflow_button: (part) =>
    h("button", { class: "button", type: "button", disabled: true }, plain(part.text)),

  icon_button(part, place) {
    const label = plain(part.text);
    const press = (event) => pressed(event.currentTarget, part, place, part.value);
    const props = { class: "button icon-only", type: "button", title: label, onclick: press };
    if (part.icon !== "trash") return h("button", props, label);
    return h("button", { ...props, "aria-label": part.accessibility_label ?? label }, icon("trash"));
  },

  feedback_buttons(part, place) {
    const side = (button, name) => {
      const isChosen = place.chosen?.get(part.action_id) === button.value;
      const label = button.accessibility_label ?? plain(button.text);
      const choose = (event) => {
        place.chosen?.set(part.action_id, button.value);
        for (const other of event.currentTarget.parentNode.children) {
          other.setAttribute("aria-pressed", String(other === event.currentTarget));
        }
        pressed(event.currentTarget, part, place, button.value);
      };
      const words = plain(button.text)
        .replace(/[👍👎]\uFE0F?/gu, "")
        .trim();
      const state = { "aria-label": label, "aria-pressed": String(isChosen) };
      return h(
        "button",
        { class: "button thumb", type: "button", title: label, ...state, onclick: choose },
        icon(name),
        words,
      );
    };
    return h(
      "span",
      { class: "feedback" },
      side(part.positive_button, "up"),
      side(part.negative_button, "down"),
    );
  },

  overflow(part, place) {
    const open = (event) => {
      const button = event.currentTarget;
      const entry = (option) => ({
        title: withDrawings(plain(option.text)),
        note: plain(option.description) || null,
        do: () => pressed(button, part, place, option.value),
      });
      openMenu(button, say("moreActions"), part.options.map(entry));
    };
    const props = {
      class: "button icon-only more",
      type: "button",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    };
    return h(
      "button",
      { ...props, title: say("moreActions"), "aria-label": say("moreActions"), onclick: open },
      icon("more"),
    );
  },

  image: (part) => imageOf(part),
};
