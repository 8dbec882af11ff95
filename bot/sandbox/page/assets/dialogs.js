// The page's own dialogs. The browser keeps the focus inside and puts it back where it was.

import { h, iconButton, newId } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./words.js";

// Shows `content`, and `buttons` below it; returns {node, close}. `closed` is called whatever way it closes.
export function openDialog({ title, content, buttons = [], className = "", closed = () => {} }) {
  const id = newId("dialog");
  const node = h("dialog", { class: `own ${className}`, "aria-labelledby": id });
  const close = () => node.close();
  node.append(
    h("header", {}, h("h1", { id }, title), iconButton(say("close"), icon("close"), close)),
    h("div", { class: "inside" }, content),
    ...(buttons.length ? [h("footer", {}, buttons)] : []),
  );
  node.addEventListener("close", () => {
    node.remove();
    closed();
  });
  document.body.append(node);
  node.showModal();
  return { node, close };
}

// A confirm object of Block Kit, or {title, text, confirm, deny, style} of strings. True if confirmed.
export function confirmed(given) {
  const words = (part) => part?.text ?? part ?? "";
  return new Promise((resolve) => {
    let answer = false;
    const choose = (value) => () => {
      answer = value;
      close();
    };
    const style = given.style === "danger" ? "danger solid" : "primary";
    const { node, close } = openDialog({
      title: words(given.title),
      content: h("p", {}, words(given.text)),
      className: "confirm",
      buttons: [
        h(
          "button",
          { class: "button", type: "button", onclick: choose(false) },
          words(given.deny) || say("cancel"),
        ),
        h(
          "button",
          { class: `button ${style}`, type: "button", onclick: choose(true) },
          words(given.confirm),
        ),
      ],
      closed: () => resolve(answer),
    });
    node.querySelector("footer .button:last-child").focus();
  });
}
