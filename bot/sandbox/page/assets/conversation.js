// The pane in the middle: a channel, a direct message, or the app's Home.

import { composer } from "./composer.js";
import { $, h, iconButton, isNarrow } from "./dom.js";
import { edit } from "./editor.js";
import { homeOf } from "./home.js";
import { icon } from "./icons.js";
import { messageList } from "./message-list.js";
import { openDrawer, openTab, openThread } from "./navigate.js";
import { avatar, badge, badgeOf, isStranger, isWithOurBot, nameOf, personOf, titleOf } from "./people.js";
import { prompts } from "./prompts.js";
import { keepPlace, toEnd } from "./scrolling.js";
import { act, channelNow, on, state, userOf } from "./store.js";
import { say } from "./words.js";

let shown = "";

function draw() {
  const channel = channelNow();
  if (!channel) return;
  const wanted = [state.me, channel.id, state.tab, state.marked].join();
  if (wanted === shown) keepPlace($("main"), () => drawChannel(channel));
  else drawChannel(channel);
  shown = wanted;
}

function drawChannel(channel) {
  if (state.tab === "home" && isWithOurBot(channel)) {
    $("main").replaceChildren(header(channel), homeOf(state.home));
    return;
  }
  const list = messageList(undefined);
  const below = [strangerNote(channel), botAbsent(channel), promptSlot(channel), writing(channel)];
  $("main").replaceChildren(header(channel), list, ...below.filter(Boolean));
  const mark = list.querySelector(".marked") ?? list.querySelector(".day.new");
  if (mark) mark.scrollIntoView({ block: "center" });
  else toEnd(list);
}

function header(channel) {
  const isDirect = channel.kind === "im";
  return h(
    "header",
    {},
    iconButton(say("menu"), icon("menu"), openDrawer, { class: "menu" }),
    isDirect ? avatar(personOf(channel.user), "small") : null,
    h(
      "div",
      { class: "grow" },
      h(
        "h1",
        {},
        channel.kind === "private" ? icon("lock", { label: say("privateChannel") }) : null,
        titleOf(channel),
        isDirect ? badge(badgeOf(userOf(channel.user))) : null,
        channel.is_ext_shared ? h("span", { class: "badge stranger" }, say("connectBadge")) : null,
      ),
      isDirect ? null : h("p", { class: "faint small" }, facts(channel)),
    ),
    isWithOurBot(channel) && state.app.home_tab ? tabs() : null,
  );
}

function facts(channel) {
  const who = channel.kind === "mpim" ? channel.members.map(nameOf).join(", ") : channel.topic?.value;
  return [who, say("members", channel.num_members)].filter(Boolean).join(" · ");
}

function tabs() {
  const tab = (name) =>
    h(
      "button",
      { type: "button", "aria-pressed": String(state.tab === name), onclick: () => openTab(name) },
      say(`${name}Tab`),
    );
  return h(
    "div",
    { class: "tabs", role: "group", "aria-label": say("views") },
    ["messages", "home"].map(tab),
  );
}

function strangerNote(channel) {
  if (!channel.is_ext_shared) return null;
  const names = channel.members
    .filter((id) => isStranger(userOf(id)))
    .map(nameOf)
    .join(", ");
  return h("p", { class: "faint small connect-note" }, icon("globe"), say("connectNote", names));
}

function botAbsent(channel) {
  if (channel.kind === "im" || !channel.member || channel.bot_is_member) return null;
  const add = () => act("join", { channel: channel.id, invited: state.bot });
  const name = state.app.name;
  const button = h(
    "button",
    { class: "button small", type: "button", onclick: add },
    icon("plus"),
    say("addBot", name),
  );
  return h(
    "div",
    { class: "strip" },
    h("span", {}, say("botAbsent", name)),
    channel.kind === "mpim" ? null : button,
  );
}

function writing(channel) {
  if (channel.member) return composer({ channel, placeholder: say("message", titleOf(channel)) });
  const join = () => act("join", { channel: channel.id });
  const button = h("button", { class: "button primary", type: "button", onclick: join }, say("join"));
  return h("div", { class: "strip" }, h("span", {}, say("notMember")), button);
}

function promptSlot(channel) {
  return isWithOurBot(channel) ? h("div", { class: "prompt-slot" }, prompts(channel, "")) : null;
}

// An answer to what one has just asked is worth seeing while it is written.
function openAnswer({ message, parent, isNew }) {
  const isAnswer = isNew && message.bot_id && parent?.user === state.me;
  if (isAnswer && !state.thread && !isNarrow() && state.tab === "messages")
    openThread(parent.ts, { focuses: false });
}

function redrawPrompts() {
  const channel = channelNow();
  $("main")
    .querySelector(".prompt-slot")
    ?.replaceChildren(...[prompts(channel, "")].filter(Boolean));
}

function editLast(threadTs) {
  const mine = [...channelNow().messages.values()].filter(
    (message) => message.user === state.me && !message.subtype && (message.thread_ts ?? "") === threadTs,
  );
  const last = mine.sort((a, b) => (a.ts < b.ts ? 1 : -1))[0];
  if (last) edit(last);
}

export function startConversation() {
  for (const topic of ["everything", "place", "main"]) on(topic, draw);
  on("prompts", redrawPrompts);
  on("message", (given) => {
    redrawPrompts();
    openAnswer(given);
  });
  on("edit-last", editLast);
}
