// The list of messages of a channel or of a thread, and how it follows what changes.

import { h } from "./dom.js";
import { messageNode } from "./messages.js";
import { titleOf, isWithOurBot } from "./people.js";
import { keepAtEnd, toEnd } from "./scrolling.js";
import { statusSlot } from "./status.js";
import { channelNow, on, state } from "./store.js";
import { dayOf } from "./times.js";
import { say } from "./words.js";

const SAME_BREATH_SECONDS = 300;

const inOrder = (messages) => [...messages].sort((a, b) => (a.ts < b.ts ? -1 : 1));

export const isRoot = (message) =>
  !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";

const belongs = (message, threadTs) =>
  threadTs === undefined ? isRoot(message) : message.ts === threadTs || message.thread_ts === threadTs;

// `threadTs` is undefined for the channel itself.
export function messageList(threadTs) {
  const channel = channelNow();
  const label = threadTs === undefined ? titleOf(channel) : say("thread");
  // what is new is announced by announce.js, once and when it is finished
  const props = { class: "messages", role: "log", "aria-live": "off", "aria-label": label, tabindex: "0" };
  const list = h("div", { ...props, "data-thread": threadTs });
  fill(list);
  return list;
}

function fill(list) {
  const channel = channelNow();
  const threadTs = list.dataset.thread;
  const shown = inOrder(channel.messages.values()).filter((message) => belongs(message, threadTs));
  const isThread = threadTs !== undefined;
  list.replaceChildren(
    ...(isThread ? [] : [opening(channel)]),
    ...nodesOf(shown, threadTs, null),
    ...(isThread ? [statusSlot(threadTs, { withStop: true })] : []),
  );
}

function opening(channel) {
  const words = isWithOurBot(channel) ? say("emptyDm") : say("empty", titleOf(channel));
  return h("div", { class: "opening" }, h("h2", {}, titleOf(channel)), h("p", { class: "faint" }, words));
}

// Nodes of `messages`, the last one before which is `before`, if there is one.
function nodesOf(messages, threadTs, before) {
  const inThread = threadTs !== undefined;
  const firstUnread = inThread ? null : state.firstUnread.get(state.channel);
  const nodes = [];
  for (const message of messages) {
    const isNewDay = !before || dayOf(before.ts) !== dayOf(message.ts);
    const isFirstUnread = message.ts === firstUnread;
    if (isNewDay) nodes.push(h("div", { class: "day" }, h("span", {}, dayOf(message.ts))));
    if (isFirstUnread) nodes.push(h("div", { class: "day new" }, h("span", {}, say("newMessages"))));
    const isCompact = !isNewDay && !isFirstUnread && isSameBreath(before, message, inThread);
    nodes.push(messageNode(message, { inThread, isCompact }));
    if (inThread && message.ts === threadTs) nodes.push(countLine(message));
    before = message;
  }
  return nodes;
}

function countLine(root) {
  const words = root.reply_count ? h("span", {}, say("replies", root.reply_count)) : null;
  return h("div", { class: "day count-line", hidden: !root.reply_count }, words);
}

function isSameBreath(before, message, inThread) {
  const isSameAuthor = before.user === message.user && before.bot_id === message.bot_id && !message.username;
  const isPlain = [before, message].every((one) => !one.is_ephemeral && !one.subtype);
  const isSoon = message.ts - before.ts < SAME_BREATH_SECONDS;
  return (
    isSameAuthor && isPlain && isSoon && (!before.reply_count || inThread) && before.ts !== message.thread_ts
  );
}

// Every list on the page in which `message` stands.
function listsWith(message) {
  return [...document.querySelectorAll(".messages")].filter((list) => belongs(message, list.dataset.thread));
}

const find = (list, ts) => list.querySelector(`[data-ts="${CSS.escape(ts)}"]`);

function redraw(message) {
  for (const list of listsWith(message)) {
    const old = find(list, message.ts);
    const isOwnNew = !old && message.user === state.me;
    keepAtEnd(list, () => (old ? replace(old, message, list) : add(message, list)));
    if (isOwnNew) toEnd(list);
  }
}

// What is new nearly always comes last: then nothing else is touched, and the focus stays where it is.
function add(message, list) {
  const last = [...list.querySelectorAll(".message")].at(-1);
  if (!last || last.dataset.ts > message.ts) {
    fill(list);
    return;
  }
  const before = channelNow().messages.get(last.dataset.ts);
  const made = nodesOf([message], list.dataset.thread, before);
  const slot = list.querySelector(":scope > .status-slot");
  if (slot) slot.before(...made);
  else list.append(...made);
}

// The focus stays on the same control of the message, whatever was drawn anew around it.
function replace(old, message, list) {
  const controls = (node) => [...node.querySelectorAll("button, a, input, textarea, select")];
  const at = controls(old).indexOf(document.activeElement);
  const inThread = list.dataset.thread !== undefined;
  const isCompact = old.classList.contains("compact");
  const made = messageNode(message, { inThread, isCompact });
  if (inThread && message.ts === list.dataset.thread) {
    list.querySelector(".count-line")?.replaceWith(countLine(message));
  }
  old.replaceWith(made);
  if (at >= 0 && state.editing !== message.ts) controls(made)[at]?.focus({ preventScroll: true });
}

export function startLists() {
  on("message", ({ message, parent }) => {
    // what one is writing into it is not to be lost because somebody reacted to it
    for (const changed of [message, parent]) if (changed && changed.ts !== state.editing) redraw(changed);
  });
  on("redraw", redraw);
  on("removed", () => {
    for (const list of document.querySelectorAll(".messages")) keepAtEnd(list, () => fill(list));
  });
}
