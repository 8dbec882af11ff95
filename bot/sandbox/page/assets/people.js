// Who somebody is on the page: name, picture, and the badge of those who are no ordinary members.

import { h } from "./dom.js";
import { state, userOf } from "./store.js";
import { say } from "./words.js";

export const SLACKBOT = "USLACKBOT";

export const nameOf = (id) => userOf(id)?.real_name ?? (id === SLACKBOT ? "Slackbot" : id);
export const shortName = (user) => user?.profile?.display_name || user?.name || "?";

export const isStranger = (user) => Boolean(user?.is_stranger);

// {name, letter, hue, badge, isOurs} of whoever wrote a message.
export function authorOf(message) {
  const user = userOf(message.user);
  const name =
    message.username || (message.user === SLACKBOT ? "Slackbot" : user?.real_name) || message.bot_id || "?";
  const isOurs = message.user === state.bot;
  const badge = message.bot_id && !user ? "app" : badgeOf(user);
  return { name, isOurs, badge, letter: isOurs ? "f¹" : [...name][0].toUpperCase(), hue: hueOf(name) };
}

export const personOf = (id) => authorOf({ user: id });

function hueOf(name) {
  return [...name].reduce((sum, letter) => sum + letter.codePointAt(0) * 47, 0) % 360;
}

// app, guest, stranger (of another company) or nothing
export function badgeOf(user) {
  if (!user) return "";
  if (user.is_bot) return "app";
  if (isStranger(user)) return "stranger";
  return user.is_restricted ? "guest" : "";
}

export function badge(kind) {
  if (!kind) return null;
  const words = { app: "app", guest: "guestBadge", stranger: "strangerBadge" };
  return h("span", { class: `badge ${kind}` }, say(words[kind]));
}

export function avatar(who, size = "") {
  const node = h(
    "span",
    { class: `avatar ${size} ${who.isOurs ? "ours" : ""}`, "aria-hidden": "true" },
    who.letter,
  );
  node.style.setProperty("--hue", who.hue);
  return node;
}

export const others = (channel) => (channel.members ?? []).filter((id) => id !== state.me);

export function titleOf(channel) {
  if (channel.kind === "im") return shortName(userOf(channel.user));
  if (channel.kind === "mpim")
    return others(channel)
      .map((id) => shortName(userOf(id)))
      .join(", ");
  return channel.kind === "private" ? channel.name : `#${channel.name}`;
}

// Direct messages with an app have tabs and a status; those with people have not.
export const isWithOurBot = (channel) => channel?.kind === "im" && channel.user === state.bot;
