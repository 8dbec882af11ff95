// One's own message, edited where it stands.

import { h } from "./dom.js";
import { focusComposer } from "./navigate.js";
import { act, state, tell, userOf } from "./store.js";
import { unescape } from "./text.js";
import { say } from "./words.js";

export function edit(message) {
  state.editing = message.ts;
  tell("redraw", message);
}

// The stored text as the person typed it.
function typed(message) {
  return unescape(
    (message.text ?? "")
      .replace(/<@(\w+)>/g, (_, id) => `@${userOf(id)?.name ?? id}`)
      .replace(/<#(\w+)(?:\|[^>]*)?>/g, (_, id) => `#${state.people.channels.get(id)?.name ?? id}`)
      .replace(/<!(\w+)(?:\|[^>]*)?>/g, "@$1")
      .replace(/<(https?:[^>|]+)>/g, "$1"),
  );
}

export function editor(message) {
  const box = h("textarea", { rows: "3", "aria-label": say("edit") });
  const before = typed(message);
  const draft = `edit/${message.ts}`;
  box.value = state.drafts.get(draft) ?? before;
  box.addEventListener("input", () => state.drafts.set(draft, box.value));
  const close = () => {
    if (state.editing !== message.ts) return;
    const pane = box.closest("#thread") ? "thread" : "main";
    state.editing = null;
    state.drafts.delete(draft);
    tell("redraw", state.people.channels.get(state.channel)?.messages.get(message.ts) ?? message);
    focusComposer(pane);
  };
  const save = async () => {
    if (box.value === before) return close();
    const answer = await act("edit", { channel: state.channel, ts: message.ts, text: box.value });
    return answer.ok ? close() : box.focus();
  };
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      save();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  queueMicrotask(() => {
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  });
  return h(
    "div",
    { class: "editor" },
    box,
    h(
      "div",
      { class: "row" },
      h("button", { class: "button small", type: "button", onclick: close }, say("cancel")),
      h("button", { class: "button small primary", type: "button", onclick: save }, say("save")),
    ),
  );
}
