// The box one writes in: Enter sends, Shift+Enter breaks the line, and @ # / offer what can follow.

import { Choices } from "./choices.js";
import { completionOf, globalShortcuts } from "./completion.js";
import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { act, state, tell } from "./store.js";
import { attachButton, sendFiles, takesFiles, tray } from "./uploads.js";
import { say } from "./words.js";

const MAX_HEIGHT = 240;

export function composer({ channel, threadTs = "", placeholder }) {
  const key = `${state.me}/${channel.id}/${threadTs}`;
  const input = h("textarea", { rows: "1", placeholder, "aria-label": placeholder, title: say("hint") });
  const broadcast = threadTs && channel.kind !== "im" ? h("input", { type: "checkbox" }) : null;
  const button = h(
    "button",
    { class: "send", type: "submit", title: say("send"), "aria-label": say("send") },
    icon("send"),
  );
  const files = tray(() => {
    state.attached.set(key, files.files);
    fit();
  });
  let start = 0;
  let isSending = false;

  const choices = new Choices(input, say("suggestions"), (item) => {
    if (item.do) {
      input.setRangeText("", start, input.selectionStart, "end");
      item.do();
    } else {
      input.setRangeText(`${item.insert} `, start, input.selectionStart, "end");
    }
    changed();
    input.focus();
  });

  function fit() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, MAX_HEIGHT)}px`;
    button.disabled = isSending || (!input.value.trim() && !files.files.length);
  }

  function changed() {
    state.drafts.set(key, input.value);
    fit();
  }

  function offer() {
    const before = input.value.slice(0, input.selectionStart);
    const found = completionOf(before, { isThread: Boolean(threadTs), channel });
    start = found?.start ?? 0;
    choices.show(found?.items ?? []);
  }

  async function send() {
    const text = input.value.trim();
    const attached = [...files.files];
    if (isSending || (!text && !attached.length)) return;
    const given = { text, attached, broadcast: broadcast?.checked ?? false };
    isSending = true;
    input.value = "";
    files.clear();
    choices.close();
    changed();
    const isDone = await deliver(channel, threadTs, given);
    isSending = false;
    if (!isDone && !input.value) {
      input.value = text;
      files.add(attached);
    }
    changed();
  }

  function onKey(event) {
    // while a Korean syllable is being put together, Enter belongs to the keyboard
    if (event.isComposing || event.keyCode === 229) return;
    const typed = input.value.slice(start, input.selectionStart);
    const isWhole = choices.isOpen && choices.current.insert === typed;
    if (choices.takesKey(event, { choosesByEnter: !isWhole })) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && !input.value) {
      event.preventDefault();
      tell("edit-last", threadTs);
    }
  }

  input.addEventListener("input", () => {
    changed();
    offer();
  });
  input.addEventListener("click", offer);
  input.addEventListener("focus", offer);
  input.addEventListener("blur", () => choices.close());
  input.addEventListener("keydown", onKey);
  input.value = state.drafts.get(key) ?? "";
  files.add(state.attached.get(key) ?? []);
  requestAnimationFrame(fit);
  const submit = (event) => {
    event.preventDefault();
    send();
  };
  const field = h("div", { class: "field" }, plusMenu(threadTs), input, attachButton(files.add), button);
  const also = broadcast ? h("label", { class: "small faint also" }, broadcast, say("also")) : null;
  const form = h("form", { class: "composer", onsubmit: submit }, choices.node, files.node, field, also);
  takesFiles(form, files.add);
  return form;
}

async function deliver(channel, threadTs, { text, attached, broadcast }) {
  const place = { channel: channel.id, thread_ts: threadTs };
  if (attached.length) return sendFiles(attached, { ...place, comment: text });
  if (!/^\/[a-z]/i.test(text)) return (await act("say", { ...place, text, broadcast })).ok;
  if (threadTs) {
    tell("toast", say("noCommandsInThreads"));
    return false;
  }
  return (await act("command", { channel: channel.id, text })).ok;
}

// Shortcuts of the app, where there are any.
function plusMenu(threadTs) {
  const shortcuts = globalShortcuts();
  if (threadTs || !shortcuts.length) return null;
  const open = (event) => {
    const entry = (one) => ({ title: one.name, note: one.description, before: icon("bolt"), do: one.run });
    openMenu(event.currentTarget, say("shortcuts"), shortcuts.map(entry));
  };
  const props = { "aria-haspopup": "menu", "aria-expanded": "false", class: "plus" };
  return iconButton(say("shortcuts"), icon("bolt"), open, props);
}
