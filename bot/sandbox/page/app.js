// The page: what is open, what the sandbox tells, and what the person one acts as does.

import { renderBlocks } from "./blocks.js";
import { composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { emoji, mrkdwn } from "./text.js";
import { locale, say, speak } from "./words.js";

const $ = (id) => document.getElementById(id);
const isNarrow = () => matchMedia("(max-width: 760px)").matches;
const remembered = (key) => { try { return sessionStorage.getItem(key); } catch { return null; } };
const remember = (key, value) => { try { sessionStorage.setItem(key, value); } catch { /* a private window */ } };

const state = {
  me: remembered("acting-as"), channel: null, thread: null, tab: "messages", marked: null,
  people: { users: new Map(), channels: new Map(), me: null },
  unread: new Map(), drafts: new Map(), chosen: new Map(), modal: null, home: null, commands: [], connections: 0, isOnline: false,
  filled: new Map(), errors: {}, loadingTurn: 0, editing: null,
};
let updates = null;

// --- talking to the sandbox -----------------------------------------------------------------------------------

async function act(action, given) {
  let answer;
  try {
    const response = await fetch(`/page/do/${action}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user: state.me, ...given }),
    });
    answer = response.ok ? await response.json() : { ok: false, error: `HTTP ${response.status}` };
  } catch {
    answer = { ok: false, error: say("pageGone") };
  }
  if (!answer.ok) toast(answer.error === "operation_timeout" ? say("timeout") : say("failed", answer.error));
  return answer;
}

function connect() {
  updates?.close();
  updates = new EventSource(`/page/updates?user=${state.me ?? ""}`);
  updates.onmessage = (event) => take(JSON.parse(event.data));
  updates.onerror = () => { state.isOnline = false; renderSidebar(); };
}

// An update that comes while the state is on its way must not be undone by that older state: it waits.
let loading = 0;
const held = [];

async function load() {
  loading += 1;
  try {
    await loadState();
  } finally {
    loading -= 1;
    if (!loading) held.splice(0).forEach(take);
  }
}

async function loadState() {
  const response = await fetch(`/page/state?user=${state.me ?? ""}`);
  if (!response.ok) { state.me = null; return response.status === 404 ? loadState() : undefined; }
  const given = await response.json();
  state.me = state.people.me = given.user;
  state.team = given.team;
  state.bot = given.bot;
  state.people.users = new Map(given.users.map((user) => [user.id, user]));
  state.people.channels = new Map(given.channels.map((channel) => [channel.id, { ...channel, messages: new Map(channel.messages.map((one) => [one.ts, one])), statuses: new Map(channel.statuses.map((one) => [one.thread_ts, one])) }]));
  Object.assign(state, { commands: given.commands, modal: given.modal, home: given.home, connections: given.connections });
  speak(state.people.users.get(state.me).locale);
  document.title = given.team;
  if (!state.people.channels.has(state.channel)) { state.channel = state.people.channels.keys().next().value; state.thread = null; }
}

function take(update) {
  if (loading && update.kind !== "hello" && update.kind !== "channels") { held.push(update); return; }
  const channel = state.people.channels.get(update.channel ?? update.status?.channel);
  switch (update.kind) {
    case "hello": state.isOnline = true; load().then(renderAll); break;
    case "channels": load().then(renderAll); break;
    case "connections": state.connections = update.connections; renderSidebar(); break;
    case "modal": state.filled = new Map(); state.errors = {}; state.modal = update.view; renderModal(); break;
    case "home": state.home = update.view; if (state.tab === "home") renderMain(); break;
    case "prompts": if (channel) { channel.prompts = update.prompts; if (channel.id === state.channel) renderMain(); } break;
    case "status":
      if (!channel) break;
      channel.statuses.set(update.status.thread_ts, update.status);
      renderStatuses();
      break;
    case "removed": channel?.messages.delete(update.ts); if (channel?.id === state.channel) { renderMain(); renderThread(); } break;
    case "message": if (channel) takeMessage(update, channel); break;
  }
}

function takeMessage({ message, parent, is_new: isNew }, channel) {
  channel.messages.set(message.ts, message);
  if (parent) channel.messages.set(parent.ts, parent);
  const isOpen = channel.id === state.channel;
  if (isNew && message.user !== state.me && (!isOpen || document.hidden)) {
    state.unread.set(channel.id, (state.unread.get(channel.id) ?? 0) + 1);
    renderSidebar();
  }
  if (!isOpen) return;
  // an answer to what one has just asked is worth seeing while it is written
  if (isNew && parent?.user === state.me && message.bot_id && !state.thread && !isNarrow()) openThread(parent.ts);
  for (const changed of [message, parent].filter(Boolean)) patch(changed);
}

// --- messages -------------------------------------------------------------------------------------------------

const time = (ts) => new Intl.DateTimeFormat(locale(), { hour: "numeric", minute: "2-digit" }).format(ts * 1000);

function day(ts) {
  const date = new Date(ts * 1000), today = new Date();
  const ago = Math.round((new Date(today).setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000);
  if (ago < 2) return say(ago ? "yesterday" : "today");
  return new Intl.DateTimeFormat(locale(), { dateStyle: "full" }).format(date);
}

function author(message) {
  if (message.user === "USLACKBOT") return { name: "Slackbot", letter: "S", hue: 210 };
  const user = state.people.users.get(message.user);
  const name = message.username || user?.real_name || message.bot_id || "?";
  const isBot = Boolean(message.bot_id);
  return { name, isBot, isOurs: message.user === state.bot, letter: message.user === state.bot ? "f¹" : [...name][0].toUpperCase(), hue: [...name].reduce((sum, letter) => sum + letter.codePointAt(0) * 47, 0) % 360 };
}

function avatar(who, size = "") {
  const node = h("span", { class: `avatar ${size} ${who.isOurs ? "ours" : ""}`, "aria-hidden": "true" }, who.letter);
  node.style.setProperty("--hue", who.hue);
  return node;
}

function body(message) {
  if (message.subtype === "tombstone") return h("p", { class: "faint" }, say("tombstone"));
  if (state.editing === message.ts) return editor(message);
  const place = placeOf(message);
  const parts = message.blocks?.length ? renderBlocks(message.blocks, place) : mrkdwn(message.text, state.people);
  const attached = (message.attachments ?? []).map((one) => h("div", { class: "attachment" }, one.blocks ? renderBlocks(one.blocks, place) : mrkdwn(one.text ?? one.fallback ?? "", state.people)));
  const stream = { in_progress: message.blocks?.length ? null : h("span", { class: "caret", role: "img", "aria-label": say("writing") }), stopped: h("p", { class: "faint" }, say("stopped")), expired: h("p", { class: "faint" }, say("expired")) }[message.stream];
  return [parts, attached, message.edited && !message.bot_id ? h("span", { class: "faint small" }, say("edited")) : null, stream];
}

function placeOf(message) {
  const key = `${message.ts}`;
  if (!state.chosen.has(key)) state.chosen.set(key, new Map());
  return { people: state.people, chosen: state.chosen.get(key), act: (action_id, value) => act("click", { channel: state.channel, ts: message.ts, action_id, value }) };
}

function editor(message) {
  const box = h("textarea", { rows: "3" });
  box.value = (message.text ?? "").replace(/<@(\w+)>/g, (whole, id) => `@${state.people.users.get(id)?.name ?? id}`).replace(/<(https?:[^>|]+)>/g, "$1").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  const done = () => { state.editing = null; patch(message); };
  const save = async () => { await act("edit", { channel: state.channel, ts: message.ts, text: box.value }); done(); };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); save(); }
    if (event.key === "Escape") { event.stopPropagation(); done(); }
  });
  queueMicrotask(() => box.focus());
  return h("div", { class: "editor" }, box, h("div", { class: "row" }, h("button", { class: "button", type: "button", onclick: done }, say("cancel")), h("button", { class: "button primary", type: "button", onclick: save }, say("save"))));
}

function messageNode(message, { inThread, isCompact }) {
  const who = author(message);
  const tools = h("div", { class: "tools", role: "group" });
  if (!message.is_ephemeral && message.subtype !== "tombstone") {
    for (const name of ["+1", "eyes", "white_check_mark"]) tools.append(h("button", { type: "button", title: `:${name}:`, onclick: () => act("react", { channel: state.channel, ts: message.ts, name }) }, emoji(name)));
    if (!inThread) tools.append(h("button", { type: "button", title: say("replyInThread"), onclick: () => openThread(message.thread_ts ?? message.ts) }, icon("thread")));
    if (message.user === state.me) tools.append(
      h("button", { type: "button", title: say("edit"), onclick: () => { state.editing = message.ts; patch(message); } }, icon("edit")),
      h("button", { type: "button", title: say("remove"), onclick: () => act("delete", { channel: state.channel, ts: message.ts }) }, icon("trash")));
  }
  const reactions = (message.reactions ?? []).map((one) => h("button", { class: "reaction" + (one.users.includes(state.me) ? " mine" : ""), type: "button", title: one.users.map((id) => state.people.users.get(id)?.real_name ?? id).join(", "), onclick: () => act("react", { channel: state.channel, ts: message.ts, name: one.name }) }, emoji(one.name), h("b", {}, String(one.count))));
  const head = isCompact ? null : h("div", { class: "head" }, h("b", {}, who.name), who.isBot ? h("span", { class: "badge" }, say("app")) : null, h("time", { class: "faint small" }, time(message.ts)));
  return h("article", { class: `message${isCompact ? " compact" : ""}${message.is_ephemeral ? " ephemeral" : ""}${state.marked === message.ts ? " marked" : ""}${message.stream === "in_progress" ? " streaming" : ""}`, "data-ts": message.ts },
    isCompact ? h("time", { class: "gutter faint" }, time(message.ts)) : avatar(who),
    h("div", { class: "content" },
      message.is_ephemeral ? h("p", { class: "only-you" }, icon("eye"), say("onlyYou")) : null,
      head,
      message.subtype === "thread_broadcast" && !inThread ? h("button", { class: "link small", type: "button", onclick: () => openThread(message.thread_ts) }, say("sentToChannel")) : null,
      h("div", { class: "body" }, body(message)),
      reactions.length ? h("div", { class: "reactions" }, reactions) : null,
      inThread ? null : threadSummary(message)),
    tools);
}

function threadSummary(message) {
  const repliers = (message.reply_users ?? []).slice(0, 3).map((id) => avatar(author({ user: id, bot_id: id === state.bot ? id : "" }), "tiny"));
  return [
    message.reply_count ? h("button", { class: "thread-summary", type: "button", onclick: () => openThread(message.ts) }, repliers, h("b", {}, say("replies", message.reply_count)), h("span", { class: "faint small" }, say("lastReply", time(message.latest_reply)))) : null,
    h("div", { class: "status-slot", "data-status": message.ts }, statusLine(message.ts, false)),
  ];
}

function statusLine(threadTs, withStop) {
  const channel = state.people.channels.get(state.channel);
  const status = channel?.statuses.get(threadTs);
  const isStreaming = [...(channel?.messages.values() ?? [])].some((one) => one.thread_ts === threadTs && one.stream === "in_progress");
  if (!status?.text && !(withStop && (isStreaming || status?.session === "processing"))) return null;
  const loading = status?.loading_messages ?? [];
  const shown = loading.length ? loading[state.loadingTurn % loading.length] : status?.text;
  const name = state.people.users.get(state.bot).profile.display_name;
  return h("div", { class: "status", role: "status" },
    h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    h("span", {}, shown ? (loading.length ? shown : `${name} ${shown}`) : `${name} ${say("writing")}`),
    withStop && (isStreaming || status?.session === "processing") ? h("button", { class: "button small", type: "button", onclick: () => act("stop", { channel: state.channel, thread_ts: threadTs }) }, say("stop")) : null);
}

function renderStatuses() {
  for (const list of document.querySelectorAll(".messages")) {
    keepAtEnd(list, () => {
      for (const slot of list.querySelectorAll("[data-status]")) slot.replaceChildren(...[statusLine(slot.dataset.status, slot.dataset.stop !== undefined)].filter(Boolean));
    });
  }
}

setInterval(() => { state.loadingTurn++; if (document.querySelector(".status")) renderStatuses(); }, 2500);

const inOrder = (messages) => [...messages].sort((a, b) => (a.ts < b.ts ? -1 : 1));
const isRoot = (message) => !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";

function listOf(messages, inThread) {
  const nodes = [];
  let before = null;
  for (const message of messages) {
    if (!before || day(before.ts) !== day(message.ts)) nodes.push(h("div", { class: "day", role: "separator" }, h("span", {}, day(message.ts))));
    const isCompact = before && before.user === message.user && before.bot_id === message.bot_id && message.ts - before.ts < 300 && !message.is_ephemeral && !before.is_ephemeral && !message.username && (inThread || !before.reply_count);
    nodes.push(messageNode(message, { inThread, isCompact: isCompact && day(before.ts) === day(message.ts) }));
    before = message;
  }
  return nodes;
}

function patch(message) {
  for (const list of document.querySelectorAll(".messages")) {
    const inThread = list.dataset.thread !== undefined;
    const belongs = inThread ? message.ts === list.dataset.thread || message.thread_ts === list.dataset.thread : isRoot(message);
    if (!belongs) continue;
    const old = list.querySelector(`[data-ts="${CSS.escape(message.ts)}"]`);
    const isMine = !old && message.user === state.me;
    keepAtEnd(list, () => {
      if (old) old.replaceWith(messageNode(message, { inThread, isCompact: old.classList.contains("compact") }));
      else fill(list, inThread);
    });
    if (isMine) list.scrollTop = list.scrollHeight;
  }
  renderStatuses();
}

function keepAtEnd(list, change) {
  const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  change();
  if (wasAtEnd) list.scrollTop = list.scrollHeight;
}

function fill(list, inThread) {
  const channel = state.people.channels.get(state.channel);
  const all = inOrder(channel.messages.values());
  const shown = inThread ? all.filter((one) => one.ts === state.thread || one.thread_ts === state.thread) : all.filter(isRoot);
  const bottom = inThread ? h("div", { class: "status-slot", "data-status": state.thread, "data-stop": "" }, statusLine(state.thread, true)) : null;
  const opening = inThread ? null : h("div", { class: "opening" }, h("h2", {}, titleOf(channel)), h("p", { class: "faint" }, channel.kind === "im" ? say("emptyDm") : say("empty", titleOf(channel))));
  list.replaceChildren(...[opening, ...listOf(shown, inThread), bottom].filter(Boolean));
}

// --- the three panes ------------------------------------------------------------------------------------------

const titleOf = (channel) => (channel.kind === "im" ? state.people.users.get(channel.user)?.profile.display_name : `#${channel.name}`);

function renderSidebar() {
  const entry = (channel) => {
    const count = state.unread.get(channel.id);
    const mark = channel.kind === "im" ? avatar(author({ user: channel.user, bot_id: state.bot }), "tiny") : channel.kind === "private" ? icon("lock") : h("span", { class: "hash" }, "#");
    return h("li", {}, h("button", { type: "button", class: (channel.id === state.channel ? "open" : "") + (count ? " unread" : "") + (channel.member ? "" : " outside"), "aria-current": channel.id === state.channel ? "page" : null, onclick: () => openChannel(channel.id) },
      mark, h("span", { class: "grow" }, channel.kind === "im" ? titleOf(channel) : channel.name), count ? h("span", { class: "count" }, String(count)) : null));
  };
  const all = [...state.people.channels.values()];
  const picker = h("select", { id: "acting-as", "aria-label": say("actingAs"), onchange: (event) => actAs(event.target.value) },
    [...state.people.users.values()].filter((user) => !user.is_bot).map((user) => h("option", { value: user.id, selected: user.id === state.me }, user.real_name + (user.is_admin ? ` · ${say("admin")}` : user.is_restricted ? ` · ${say("guest")}` : ""))));
  $("sidebar").replaceChildren(
    h("header", {}, h("b", {}, state.team ?? "Sandbox"), h("button", { class: "icon-only close-menu", type: "button", title: say("close"), onclick: closeMenu }, icon("close"))),
    h("label", { class: "acting" }, h("span", {}, say("actingAs")), h("span", { class: "picked" }, state.me ? avatar(author({ user: state.me }), "tiny") : null, picker)),
    h("h2", {}, say("channels")), h("ul", {}, all.filter((one) => one.kind !== "im").map(entry)),
    h("h2", {}, say("direct")), h("ul", {}, all.filter((one) => one.kind === "im").map(entry)),
    h("footer", { role: "status" }, h("span", { class: "lamp" + (!state.isOnline ? " off" : state.connections ? " on" : "") }), !state.isOnline ? say("pageGone") : state.connections ? say("botHere", state.connections) : say("botGone")));
}

function renderMain() {
  const channel = state.people.channels.get(state.channel);
  if (!channel) return;
  const isBotDm = channel.kind === "im";
  const title = h("header", {},
    h("button", { class: "icon-only menu", type: "button", title: say("menu"), onclick: () => document.body.classList.add("menu-open") }, icon("menu")),
    isBotDm ? avatar(author({ user: channel.user, bot_id: state.bot }), "small") : null,
    h("div", { class: "grow" }, h("h1", {}, channel.kind === "private" ? icon("lock") : null, channel.kind === "private" ? channel.name : titleOf(channel)), isBotDm ? null : h("p", { class: "faint small" }, [channel.topic?.value, say("members", channel.num_members)].filter(Boolean).join(" · "))),
    isBotDm ? h("div", { class: "tabs", role: "tablist" }, ["messages", "home"].map((tab) => h("button", { type: "button", role: "tab", "aria-selected": String(state.tab === tab), onclick: () => openTab(tab) }, say(`${tab}Tab`)))) : null);
  if (isBotDm && state.tab === "home") {
    const place = { people: state.people, act: (action_id, value) => act("click", { view_id: state.home.id, action_id, value }), filled: new Map() };
    $("main").replaceChildren(title, h("div", { class: "home" }, state.home ? renderBlocks(state.home.blocks, place) : h("p", { class: "faint" }, say("noHome"))));
    return;
  }
  const list = h("div", { class: "messages", role: "log", "aria-label": titleOf(channel), tabindex: "0" });
  fill(list, false);
  const absent = !isBotDm && channel.member && !channel.bot_is_member ? h("p", { class: "strip" }, say("botAbsent"), h("button", { class: "button small", type: "button", onclick: () => act("join", { channel: channel.id, invited: state.bot }) }, icon("plus"), say("addBot"))) : null;
  const isEmpty = ![...channel.messages.values()].some((one) => one.user === state.me);
  const prompts = isBotDm && isEmpty && channel.prompts?.prompts?.length ? h("div", { class: "prompts" }, h("span", { class: "faint small" }, channel.prompts.title || say("prompts")), channel.prompts.prompts.map((one) => h("button", { class: "chip", type: "button", onclick: () => act("say", { channel: channel.id, text: one.message }) }, one.title))) : null;
  const writing = channel.member ? composer(boxOf(channel.id, "", say("message", titleOf(channel)))) : h("p", { class: "strip" }, say("notMember"), h("button", { class: "button primary", type: "button", onclick: () => act("join", { channel: channel.id }) }, say("join")));
  $("main").replaceChildren(title, list, ...[absent, prompts, writing].filter(Boolean));
  const marked = list.querySelector(".marked");
  if (marked) marked.scrollIntoView({ block: "center" });
  else list.scrollTop = list.scrollHeight;
}

function renderThread() {
  const pane = $("thread");
  pane.hidden = !state.thread;
  document.body.classList.toggle("thread-open", Boolean(state.thread));
  if (!state.thread) return pane.replaceChildren();
  const channel = state.people.channels.get(state.channel);
  const list = h("div", { class: "messages", "data-thread": state.thread, role: "log", "aria-label": say("thread"), tabindex: "0" });
  fill(list, true);
  pane.replaceChildren(
    h("header", {}, h("div", { class: "grow" }, h("h1", {}, say("thread")), h("p", { class: "faint small" }, titleOf(channel))), h("button", { class: "icon-only", type: "button", title: say("close"), onclick: () => openThread(null) }, icon("close"))),
    list, channel.member ? composer(boxOf(channel.id, state.thread, say("reply"))) : "");
  list.scrollTop = list.scrollHeight;
}

function boxOf(channelId, threadTs, placeholder) {
  const key = `${state.me}/${channelId}/${threadTs}`;
  return {
    placeholder, people: state.people, commands: state.commands, me: state.me, isThread: Boolean(threadTs), draft: state.drafts.get(key) ?? "",
    canBroadcast: Boolean(threadTs) && state.people.channels.get(channelId).kind !== "im",
    keep: (text) => state.drafts.set(key, text),
    async send(text, broadcast) {
      if (/^\/[a-z]/i.test(text)) {
        if (threadTs) { toast(say("noCommandsInThreads")); return false; }
        return (await act("command", { channel: channelId, text })).ok;
      }
      return (await act("say", { channel: channelId, text, thread_ts: threadTs, broadcast })).ok;
    },
  };
}

function renderModal() {
  const dialog = $("modal");
  const view = state.modal;
  if (!view) { if (dialog.open) dialog.close(); dialog.replaceChildren(); return; }
  const place = { people: state.people, filled: state.filled, errors: state.errors, act: (action_id, value) => act("click", { view_id: view.id, action_id, value }) };
  const submit = async (event) => {
    event.preventDefault();
    const answer = await act("submit", { view_id: view.id, filled: Object.fromEntries(state.filled) });
    if (answer.ok && state.modal?.id === view.id) { state.errors = answer.errors; renderModal(); }
  };
  dialog.replaceChildren(h("form", { onsubmit: submit, novalidate: true },
    h("header", {}, h("h1", {}, view.title?.text ?? ""), h("button", { class: "icon-only", type: "button", title: say("close"), onclick: () => act("close_view", {}) }, icon("close"))),
    h("div", { class: "inside" }, renderBlocks(view.blocks, place)),
    h("footer", {}, h("button", { class: "button", type: "button", onclick: () => act("close_view", {}) }, view.close?.text ?? say("cancel")), view.submit ? h("button", { class: "button primary", type: "submit" }, view.submit.text) : null)));
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector(".wrong input, .wrong textarea, .wrong select") ?? dialog.querySelector(".inside input, .inside textarea, .inside select"))?.focus();
}

function renderAll() { renderSidebar(); renderMain(); renderThread(); renderModal(); }

function toast(text) {
  const node = h("p", { class: "toast" }, text);
  $("toasts").append(node);
  setTimeout(() => node.remove(), 6000);
}

// --- going about ----------------------------------------------------------------------------------------------

function openChannel(id, threadTs = null) {
  const isOther = id !== state.channel;
  Object.assign(state, { channel: id, thread: threadTs, tab: "messages", editing: null });
  if (isOther) state.marked = null;
  state.unread.delete(id);
  closeMenu();
  renderSidebar();
  renderMain();
  renderThread();
  if (!isNarrow()) $("main").querySelector(".composer textarea")?.focus();
  if (state.people.channels.get(id).kind === "im" && isOther) act("open_app", { tab: "messages" });
}

function openTab(tab) {
  state.tab = tab;
  renderMain();
  act("open_app", { tab });
}

function openThread(ts) {
  state.thread = ts;
  renderThread();
  if (ts && !isNarrow()) $("thread").querySelector("textarea")?.focus();
}

async function actAs(id) {
  Object.assign(state, { me: id, thread: null, unread: new Map(), modal: null, home: null, tab: "messages", editing: null });
  // a direct message belongs to one person: the next one has their own
  const wasDirect = state.channel?.startsWith("D");
  remember("acting-as", id);
  await load();
  if (wasDirect) state.channel = [...state.people.channels.values()].find((one) => one.kind === "im").id;
  renderAll();
  connect();
}

const closeMenu = () => document.body.classList.remove("menu-open");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || $("modal").open) return;
  if (document.body.classList.contains("menu-open")) closeMenu();
  else if (state.thread) openThread(null);
});
$("modal").addEventListener("cancel", (event) => { event.preventDefault(); act("close_view", {}); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && state.unread.delete(state.channel)) renderSidebar(); });

const linked = location.pathname.match(/^\/archives\/(\w+)\/p(\d+)(\d{6})$/);
await load();
if (linked && state.people.channels.has(linked[1])) {
  state.channel = linked[1];
  state.marked = `${linked[2]}.${linked[3]}`;
  state.thread = new URLSearchParams(location.search).get("thread_ts");
}
renderAll();
connect();
