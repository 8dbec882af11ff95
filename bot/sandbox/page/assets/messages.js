// One message as it is drawn, wherever it stands.

import { renderBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { editor } from "./editor.js";
import { emoji } from "./emoji.js";
import { fileCard } from "./files.js";
import { icon } from "./icons.js";
import { toolsOf } from "./message-tools.js";
import { mrkdwn } from "./mrkdwn.js";
import { openThread } from "./navigate.js";
import { authorOf, avatar, badge, nameOf, personOf } from "./people.js";
import { statusSlot } from "./status.js";
import { act, state } from "./store.js";
import { clockTime, fullTime, howLongAgo } from "./times.js";
import { say } from "./words.js";

const SHOWN_REPLIERS = 4;

export function messageNode(message, { inThread, isCompact }) {
  const who = authorOf(message);
  const isTombstone = message.subtype === "tombstone";
  const classes = ["message"];
  if (isCompact) classes.push("compact");
  if (/_(join|leave)$/.test(message.subtype ?? "")) classes.push("event");
  if (message.is_ephemeral) classes.push("ephemeral");
  if (state.marked === message.ts) classes.push("marked");
  if (message.stream === "in_progress") classes.push("streaming");
  const mark = isTombstone ? h("span", { class: "avatar gone" }, icon("trash")) : avatar(who);
  return h(
    "article",
    {
      class: classes.join(" "),
      "data-ts": message.ts,
      "aria-label": say("messageBy", who.name, clockTime(message.ts)),
    },
    isCompact ? timeOf(message, "gutter faint") : mark,
    h(
      "div",
      { class: "content" },
      message.is_ephemeral ? h("p", { class: "only-you" }, icon("eye"), say("onlyYou")) : null,
      isCompact || isTombstone ? null : head(message, who),
      broadcastNote(message, inThread),
      h("div", { class: "body" }, body(message)),
      reactionsOf(message),
      inThread ? null : threadSummary(message),
    ),
    toolsOf(message, inThread),
  );
}

function head(message, who) {
  return h("div", { class: "head" }, h("b", {}, who.name), badge(who.badge), timeOf(message, "faint small"));
}

function timeOf(message, className) {
  return h("time", { class: className, title: fullTime(message.ts) }, clockTime(message.ts));
}

function broadcastNote(message, inThread) {
  if (message.subtype !== "thread_broadcast" || inThread) return null;
  return h(
    "button",
    { class: "link small", type: "button", onclick: () => openThread(message.thread_ts) },
    say("sentToChannel"),
  );
}

function body(message) {
  if (message.subtype === "tombstone") return h("p", { class: "faint" }, say("tombstone"));
  if (state.editing === message.ts) return editor(message);
  const place = placeOf(message);
  const isEdited = message.edited && !message.bot_id;
  return [
    content(message, place),
    (message.attachments ?? []).map((one) => h("div", { class: "attachment" }, content(one, place))),
    isEdited
      ? h("span", { class: "faint small edited", title: fullTime(message.edited.ts) }, say("edited"))
      : null,
    (message.files ?? []).map(fileCard),
    streamNote(message),
  ];
}

function content(given, place) {
  return given.blocks?.length
    ? renderBlocks(given.blocks, place)
    : mrkdwn(given.text ?? given.fallback ?? "", place.people);
}

function streamNote(message) {
  if (message.stream === "stopped")
    return h("p", { class: "faint small note" }, icon("stop"), say("stopped"));
  if (message.stream === "expired")
    return h("p", { class: "faint small note" }, icon("alert"), say("expired"));
  if (message.stream !== "in_progress" || message.blocks?.length) return null;
  return h("span", { class: "caret", role: "img", "aria-label": say("writing") });
}

function placeOf(message) {
  if (!state.chosen.has(message.ts)) state.chosen.set(message.ts, new Map());
  const chosen = state.chosen.get(message.ts);
  const where = { channel: message.channel ?? state.channel, ts: message.ts };
  return {
    people: state.people,
    chosen,
    filled: chosen,
    chosenOptions: new Map(),
    act: (used) => act("click", { ...where, ...used }),
    suggest: async (action_id, typed) => (await act("suggest", { ...where, action_id, typed })).options,
  };
}

function reactionsOf(message) {
  if (!message.reactions?.length) return null;
  const one = ({ name, users, count }) => {
    const isMine = users.includes(state.me);
    const who = say("reacted", users.map(nameOf).join(", "), `:${name}:`);
    const react = () => act("react", { channel: state.channel, ts: message.ts, name });
    const props = {
      class: "reaction",
      type: "button",
      title: who,
      "aria-label": `${count}: ${who}`,
      "aria-pressed": String(isMine),
    };
    return h("button", { ...props, onclick: react }, emoji(name), h("b", {}, String(count)));
  };
  return h("div", { class: "reactions" }, message.reactions.map(one));
}

function threadSummary(message) {
  return [message.reply_count ? replySummary(message) : null, statusSlot(message.ts, { withStop: false })];
}

function replySummary(message) {
  const repliers = (message.reply_users ?? [])
    .slice(0, SHOWN_REPLIERS)
    .map((id) => avatar(personOf(id), "tiny"));
  return h(
    "button",
    { class: "thread-summary", type: "button", onclick: () => openThread(message.ts) },
    repliers,
    h("b", {}, say("replies", message.reply_count)),
    h("span", { class: "faint small" }, say("lastReply", howLongAgo(message.latest_reply))),
  );
}
