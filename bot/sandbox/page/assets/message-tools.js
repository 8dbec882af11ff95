// What can be done to a message: the bar that shows on it, and the menu behind its last button.

import { confirmed } from "./dialogs.js";
import { h, iconButton } from "./dom.js";
import { edit } from "./editor.js";
import { emoji, REACTIONS } from "./emoji.js";
import { icon } from "./icons.js";
import { openMenu } from "./menu.js";
import { openThread } from "./navigate.js";
import { act, state, tell } from "./store.js";
import { say } from "./words.js";

const QUICK = ["+1", "white_check_mark", "eyes"];

export function toolsOf(message, inThread) {
  if (message.is_ephemeral || message.subtype === "tombstone") return null;
  const where = { channel: state.channel, ts: message.ts };
  const react = (name) => act("react", { ...where, name });
  const opens = { "aria-haspopup": "menu", "aria-expanded": "false" };
  const reply = () => openThread(message.thread_ts ?? message.ts);
  return h(
    "div",
    { class: "tools", role: "group", "aria-label": say("messageActions") },
    QUICK.map((name) =>
      iconButton(say("reactWith", `:${name}:`), emoji(name), () => react(name), { class: "quick" }),
    ),
    iconButton(
      say("addReaction"),
      icon("smile"),
      (event) => openReactions(event.currentTarget, react),
      opens,
    ),
    inThread ? null : iconButton(say("replyInThread"), icon("thread"), reply),
    iconButton(
      say("moreActions"),
      icon("more"),
      (event) => openMore(event.currentTarget, message, where),
      opens,
    ),
  );
}

function openReactions(button, react) {
  const one = (name) =>
    h(
      "button",
      {
        type: "button",
        role: "menuitem",
        tabindex: "-1",
        title: `:${name}:`,
        "aria-label": name,
        onclick: () => react(name),
      },
      emoji(name),
    );
  openMenu(button, say("addReaction"), [
    { row: h("div", { class: "emoji-row", role: "none" }, REACTIONS.map(one)) },
  ]);
}

function openMore(button, message, where) {
  const isMine = message.user === state.me;
  const shortcuts = state.app.shortcuts.filter((shortcut) => shortcut.kind === "message");
  const shortcut = (one) => ({
    title: one.name,
    note: state.app.name,
    before: icon("bolt"),
    do: () => act("message_shortcut", { ...where, callback_id: one.callback_id }),
  });
  openMenu(button, say("moreActions"), [
    { title: say("copyLink"), before: icon("link"), do: () => copyLink(message) },
    ...(shortcuts.length ? [null, ...shortcuts.map(shortcut)] : []),
    ...(isMine
      ? [
          null,
          { title: say("edit"), before: icon("edit"), do: () => edit(message) },
          { title: say("remove"), before: icon("trash"), isDanger: true, do: () => remove(where) },
        ]
      : []),
  ]);
}

async function copyLink(message) {
  const thread = message.thread_ts && message.thread_ts !== message.ts;
  const query = thread ? `?thread_ts=${message.thread_ts}&cid=${state.channel}` : "";
  const address = `${location.origin}/archives/${state.channel}/p${message.ts.replace(".", "")}${query}`;
  try {
    await navigator.clipboard.writeText(address);
    tell("toast", say("linkCopied"));
  } catch {
    tell("toast", address); // the browser did not allow it: at least it can be read
  }
}

async function remove(where) {
  const question = {
    title: say("removeTitle"),
    text: say("removeText"),
    confirm: say("remove"),
    style: "danger",
  };
  if (await confirmed(question)) await act("delete", where);
}
