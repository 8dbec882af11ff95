// The page: starts every part, then shows what the address asks for.
//
//   what is known     store.js (state, topics, asking the sandbox), updates.js (the state and each change)
//   the panes         sidebar.js, conversation.js, thread.js, home.js, modal.js, faults.js
//   messages          message-list.js, messages.js, message-tools.js, editor.js, files.js
//   the assistant     status.js (what it is doing, Stop), prompts.js
//   blocks            blocks.js, elements.js (what acts at once), inputs.js (what is filled in), rich-text.js
//   text              text.js, mrkdwn.js, markdown.js, emoji.js, icons.js
//   writing           composer.js, completion.js, uploads.js
//   to choose from    choices.js (a list under a field), picker.js, menu.js, dialogs.js, jump.js
//   the rest          navigate.js, keyboard.js, settings.js, theme.js, words.js, times.js, people.js
//
// Panes do not call each other: they change the state, tell a topic, and draw what they hear of.

import { startConversation } from "./conversation.js";
import { $, h } from "./dom.js";
import { startFaults } from "./faults.js";
import { startKeyboard } from "./keyboard.js";
import { remember } from "./memory.js";
import { startLists } from "./message-list.js";
import { startModal } from "./modal.js";
import { lookAround } from "./navigate.js";
import { startNewGroup } from "./new-group.js";
import { startSidebar } from "./sidebar.js";
import { startStatuses } from "./status.js";
import { on, state, tell, userOf } from "./store.js";
import { showTheme } from "./theme.js";
import { startThread } from "./thread.js";
import { connect, load } from "./updates.js";
import { say, speak } from "./words.js";

const TOAST_MS = 6000;

function toast(text) {
  const node = h("p", { class: "toast" }, text);
  $("toasts").append(node);
  setTimeout(() => node.remove(), TOAST_MS);
}

async function actAs(id) {
  const wasDirect = state.people.channels.get(state.channel)?.kind === "im";
  Object.assign(state, { me: id, thread: null, modal: null, home: null, editing: null });
  state.unread.clear();
  state.firstUnread.clear();
  state.chosen.clear();
  remember("acting-as", id);
  await load();
  // a direct message belongs to one person: the next one has their own
  const own = [...state.people.channels.values()].find(
    (channel) => channel.kind === "im" && channel.user === state.bot,
  );
  if (wasDirect && own) state.channel = own.id;
  else state.tab = "messages";
  tell("everything");
  connect();
  $("acting-as")?.focus();
  lookAround();
}

function openLinked() {
  const linked = location.pathname.match(/^\/archives\/(\w+)\/p(\d+)(\d{6})$/);
  if (!linked || !state.people.channels.has(linked[1])) return;
  state.channel = linked[1];
  state.marked = `${linked[2]}.${linked[3]}`;
  state.thread = new URLSearchParams(location.search).get("thread_ts");
}

function wordsOfFrame() {
  $("skip").textContent = say("skip");
  $("main").setAttribute("aria-label", say("conversation"));
  $("menus").setAttribute("aria-label", say("moreActions"));
}

showTheme();
for (const start of [
  startSidebar,
  startConversation,
  startThread,
  startLists,
  startStatuses,
  startModal,
  startFaults,
  startNewGroup,
  startKeyboard,
])
  start();
on("toast", toast);
on("act-as", actAs);
on("everything", wordsOfFrame);
on("language", () => {
  speak(userOf(state.me)?.locale);
  tell("everything");
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && state.unread.delete(state.channel)) tell("unread");
});

await load();
openLinked();
tell("everything");
connect();
lookAround();
