// Ctrl+K: to a channel or a person by a few letters.

import { Choices } from "./choices.js";
import { openDialog } from "./dialogs.js";
import { h } from "./dom.js";
import { openChannel } from "./navigate.js";
import { asChannel, fits } from "./picker.js";
import { channelsInOrder } from "./sidebar.js";
import { say } from "./words.js";

export function jump() {
  if (document.querySelector("dialog[open]")) return;
  const input = h("input", {
    type: "text",
    autocomplete: "off",
    placeholder: say("jumpTo"),
    "aria-label": say("jumpTo"),
  });
  const choices = new Choices(input, say("channels"), (item) => {
    dialog.close();
    openChannel(item.value);
  });
  const offer = () =>
    choices.show(
      channelsInOrder()
        .map(asChannel)
        .filter((one) => fits(input.value.trim(), one.title, one.note)),
    );
  input.addEventListener("input", offer);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key === "Escape") return;
    choices.takesKey(event);
  });
  const content = h("div", { class: "jump-field" }, input, choices.node);
  const dialog = openDialog({ title: say("jumpTitle"), content, className: "jump" });
  offer();
  input.focus();
}
