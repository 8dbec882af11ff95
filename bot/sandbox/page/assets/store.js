// What is open and what is known, how panes hear of a change, and how the sandbox is asked to do something.

import { remembered } from "./memory.js";
import { refusal, say } from "./words.js";

export const state = {
  me: remembered("acting-as"),
  channel: null,
  thread: null,
  tab: "messages",
  marked: null, // ts of the message a link led to
  editing: null, // ts of the message that is being edited
  people: { users: new Map(), channels: new Map(), groups: new Map(), me: null },
  team: "Sandbox",
  bot: "",
  app: { name: "", surface: "", home_tab: true, shortcuts: [] },
  commands: [],
  modal: null,
  modalDepth: 0,
  home: null,
  connections: 0,
  isOnline: false,
  unread: new Map(), // channel -> how many
  firstUnread: new Map(), // channel -> ts above which the line "New" stands
  drafts: new Map(), // what is being written, by where
  attached: new Map(), // and the files that shall go with it
  chosen: new Map(), // what was chosen in a message's own buttons and selects
};

export const channelNow = () => state.people.channels.get(state.channel);
export const userOf = (id) => state.people.users.get(id);

// --- panes hear of changes by topic -----------------------------------------------------------------------

const listeners = new Map();

export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, []);
  listeners.get(topic).push(listener);
}

export function tell(topic, given) {
  for (const listener of listeners.get(topic) ?? []) listener(given);
}

// --- asking the sandbox -----------------------------------------------------------------------------------

// `quiet`: a refusal is not shown, the caller does that.
export async function act(action, given = {}, { quiet = false } = {}) {
  const body = JSON.stringify({ user: state.me, ...given });
  const headers = { "Content-Type": "application/json" };
  return answered(fetch(`/page/do/${action}`, { method: "POST", headers, body }), quiet);
}

export async function upload(file, given) {
  const query = new URLSearchParams({ user: state.me, name: file.name, ...given });
  const headers = { "Content-Type": "application/octet-stream" };
  return answered(fetch(`/page/upload?${query}`, { method: "POST", headers, body: file }), false);
}

async function answered(request, quiet) {
  let answer;
  try {
    const response = await request;
    if (response.ok) answer = await response.json();
    else
      answer = { ok: false, error: response.status === 413 ? "file_too_large" : `HTTP ${response.status}` };
  } catch {
    answer = { ok: false, error: "page_gone" };
  }
  if (!answer.ok && !quiet)
    tell("toast", answer.error === "page_gone" ? say("pageGone") : refusal(answer.error));
  return answer;
}

export async function ask(path) {
  const response = await fetch(`${path}?${new URLSearchParams({ user: state.me ?? "" })}`);
  return response.ok ? response.json() : null;
}
