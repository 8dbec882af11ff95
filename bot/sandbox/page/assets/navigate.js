// Going about: which channel, thread and tab are open.

import { $, isNarrow } from "./dom.js";
import { isWithOurBot } from "./people.js";
import { act, channelNow, state, tell } from "./store.js";

export async function openChannel(id, threadTs = null) {
  const isOther = id !== state.channel;
  if (isOther) {
    state.firstUnread.delete(state.channel);
    state.marked = null;
  }
  Object.assign(state, { channel: id, thread: threadTs, tab: "messages", editing: null });
  state.unread.delete(id);
  closeDrawer();
  tell("place");
  if (!isNarrow()) focusComposer("main");
  if (isOther) await lookAround();
}

// Tell the sandbox what is on the screen, as Slack tells the app.
export async function lookAround() {
  const channel = channelNow();
  if (!channel) return;
  if (isWithOurBot(channel)) await openMessagesTab(channel);
  else act("look_at", { channel: channel.id }, { quiet: true });
}

// An app with the older assistant_view begins a thread whenever its messages are opened.
async function openMessagesTab(channel) {
  const answer = await act("open_app", { tab: "messages" });
  if (answer.thread_ts && state.channel === channel.id && !state.thread) openThread(answer.thread_ts);
}

export function openTab(tab) {
  state.tab = tab;
  if (tab === "home") state.thread = null;
  tell("place");
  act("open_app", { tab });
}

export function openThread(ts, { focuses = true } = {}) {
  const before = state.thread;
  state.thread = ts;
  tell("thread");
  if (ts && focuses && !isNarrow()) focusComposer("thread");
  if (!ts && before) focusMessage(before);
}

export function focusComposer(pane) {
  $(pane).querySelector(".composer textarea")?.focus();
}

function focusMessage(ts) {
  const summary = $("main").querySelector(`[data-ts="${CSS.escape(ts)}"] .thread-summary`);
  if (summary) summary.focus();
  else focusComposer("main");
}

// On a narrow page the list of channels is a drawer over everything else.

export function openDrawer() {
  document.body.classList.add("menu-open");
  $("sidebar").querySelector("[aria-current]")?.focus();
}

export function closeDrawer() {
  document.body.classList.remove("menu-open");
}

export const isDrawerOpen = () => document.body.classList.contains("menu-open");
