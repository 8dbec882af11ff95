// The state as it is on opening, and every change since.

import { announce } from "./announce.js";
import { ask, state, tell } from "./store.js";
import { authorOf } from "./people.js";
import { say, speak } from "./words.js";

let source = null;

export function connect() {
  source?.close();
  source = new EventSource(`/page/updates?user=${state.me ?? ""}`);
  source.onmessage = (event) => take(JSON.parse(event.data));
  source.onerror = () => {
    state.isOnline = false;
    tell("connection");
  };
}

// An update that comes while the state is on its way must not be undone by that older state: it waits.
let loading = 0;
const held = [];

export async function load() {
  loading += 1;
  try {
    await loadState();
  } finally {
    loading -= 1;
    if (!loading) held.splice(0).forEach(take);
  }
}

async function loadState() {
  let given = await ask("/page/state");
  if (!given && state.me) {
    state.me = null; // a person of an older sandbox
    given = await ask("/page/state");
  }
  if (!given) return;
  state.me = state.people.me = given.user;
  state.people.users = new Map(given.users.map((user) => [user.id, user]));
  state.people.groups = new Map(given.groups.map((group) => [group.id, group]));
  state.people.channels = new Map(given.channels.map((channel) => [channel.id, opened(channel)]));
  const { team, bot, app, commands, modal, home, connections } = given;
  Object.assign(state, { team, bot, app, commands, modal, home, connections });
  state.modalDepth = given.modal_depth;
  speak(state.people.users.get(state.me).locale);
  document.title = given.team;
  if (!state.people.channels.has(state.channel)) {
    state.channel = state.people.channels.keys().next().value;
    state.thread = null;
  }
}

function opened(channel) {
  const messages = new Map(channel.messages.map((message) => [message.ts, message]));
  const statuses = new Map(channel.statuses.map((status) => [status.thread_ts, status]));
  const prompts = new Map(channel.prompts.map((offered) => [offered.thread_ts, offered]));
  return { ...channel, messages, statuses, prompts };
}

function take(update) {
  if (loading && update.kind !== "hello" && update.kind !== "channels") {
    held.push(update);
    return;
  }
  const channel = state.people.channels.get(update.channel);
  TAKEN[update.kind]?.(update, channel);
}

const TAKEN = {
  hello() {
    state.isOnline = true;
    load().then(() => tell("everything"));
  },
  channels: () => load().then(() => tell("everything")),
  connections({ connections }) {
    state.connections = connections;
    tell("connection");
  },
  modal({ view, depth }) {
    Object.assign(state, { modal: view, modalDepth: depth });
    tell("modal", { isNew: true });
  },
  home({ view }) {
    state.home = view;
    if (state.tab === "home") tell("main");
  },
  prompts({ prompts }, channel) {
    channel?.prompts.set(prompts.thread_ts, prompts);
    if (channel && channel.id === state.channel) tell("prompts");
  },
  status({ status }, channel) {
    const before = channel?.statuses.get(status.thread_ts);
    channel?.statuses.set(status.thread_ts, status);
    tell("status");
    if (before?.title !== status.title && channel?.id === state.channel) tell("title");
  },
  removed({ ts, parent }, channel) {
    if (!channel) return;
    channel.messages.delete(ts);
    if (parent) channel.messages.set(parent.ts, parent);
    if (state.firstUnread.get(channel.id) === ts) state.firstUnread.delete(channel.id);
    if (channel.id === state.channel) tell("removed", { ts, parent });
  },
  message(update, channel) {
    if (channel) takeMessage(update, channel);
  },
};

function takeMessage({ message, parent, is_new: isNew }, channel) {
  const before = channel.messages.get(message.ts);
  channel.messages.set(message.ts, message);
  if (parent) channel.messages.set(parent.ts, parent);
  const isOpen = channel.id === state.channel;
  const isSeen = isOpen && !document.hidden && state.tab === "messages";
  if (isNew && message.user !== state.me && !isSeen) noteUnread(channel, message);
  if (isOpen) {
    tell("message", { message, parent, isNew });
    announceIfDone(message, before);
  }
}

function noteUnread(channel, message) {
  state.unread.set(channel.id, (state.unread.get(channel.id) ?? 0) + 1);
  if (!state.firstUnread.has(channel.id) && !message.thread_ts) state.firstUnread.set(channel.id, message.ts);
  tell("unread");
}

// Heard once, when it is finished: a screen reader that reads every piece of a stream reads nothing.
function announceIfDone(message, before) {
  const wasDone = before && before.stream !== "in_progress";
  if (message.user === state.me || message.stream === "in_progress" || wasDone) return;
  announce(say("said", authorOf(message).name, (message.text ?? "").slice(0, 300)));
}
