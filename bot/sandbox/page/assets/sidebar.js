// The list of channels, who one acts as, and how things stand with the bot.

import { newGroup } from "./new-group.js";
import { $, h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { closeDrawer, openChannel } from "./navigate.js";
import { avatar, badge, badgeOf, isStranger, personOf, titleOf } from "./people.js";
import { openSettings } from "./settings.js";
import { on, state, tell, userOf } from "./store.js";
import { say } from "./words.js";

const isDirect = (channel) => channel.kind === "im" || channel.kind === "mpim";

// Channels in the order in which they stand in the list.
export function channelsInOrder() {
  const all = [...state.people.channels.values()];
  return [...all.filter((channel) => !isDirect(channel)), ...all.filter(isDirect)];
}

function draw() {
  const sidebar = $("sidebar");
  const isInside = sidebar.contains(document.activeElement);
  const focused = isInside ? document.activeElement.dataset.key : null;
  sidebar.setAttribute("aria-label", say("menu"));
  sidebar.replaceChildren(
    h(
      "header",
      {},
      h("b", { class: "grow" }, state.team),
      settingsButton(),
      iconButton(say("close"), icon("close"), closeDrawer, { class: "close-menu" }),
    ),
    actingAs(),
    h("h2", { id: "channels-title" }, say("channels")),
    h("ul", { "aria-labelledby": "channels-title" }),
    h(
      "div",
      { class: "with-button" },
      h("h2", { id: "direct-title" }, say("direct")),
      iconButton(say("newGroup"), icon("plus"), newGroup),
    ),
    h("ul", { "aria-labelledby": "direct-title" }),
    footer(),
  );
  drawLists();
  if (focused) find(focused)?.focus();
}

const find = (key) => $("sidebar").querySelector(`[data-key="${CSS.escape(key)}"]`);

// Only this is drawn anew when something is unread: a choice that stands open above stays open.
function drawLists() {
  const focused = $("sidebar").contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const [channels, direct] = $("sidebar").querySelectorAll("ul");
  const all = channelsInOrder();
  channels.replaceChildren(...all.filter((one) => !isDirect(one)).map(entry));
  direct.replaceChildren(...all.filter(isDirect).map(entry));
  if (focused && document.activeElement === document.body) find(focused)?.focus();
}

function drawStanding() {
  $("sidebar")
    .querySelector("footer .standing")
    .replaceChildren(...standing());
}

function settingsButton() {
  const open = (event) => openSettings(event.currentTarget);
  return iconButton(say("settings"), icon("gear"), open, {
    "aria-haspopup": "menu",
    "aria-expanded": "false",
  });
}

function actingAs() {
  const role = (user) =>
    user.is_admin
      ? say("admin")
      : isStranger(user)
        ? say("stranger")
        : user.is_restricted
          ? say("guest")
          : "";
  const option = (user) =>
    h(
      "option",
      { value: user.id, selected: user.id === state.me },
      [user.real_name, role(user)].filter(Boolean).join(" · "),
    );
  const people = [...state.people.users.values()].filter((user) => !user.is_bot);
  const change = (event) => tell("act-as", event.target.value);
  const picker = h(
    "select",
    { id: "acting-as", "data-key": "acting-as", onchange: change },
    people.map(option),
  );
  return h(
    "label",
    { class: "acting" },
    h("span", {}, say("actingAs")),
    h("span", { class: "picked" }, state.me ? avatar(personOf(state.me), "tiny") : null, picker),
  );
}

function entry(channel) {
  const count = state.unread.get(channel.id);
  const isOpen = channel.id === state.channel;
  const classes = [isOpen && "open", count && "unread", !channel.member && "outside"]
    .filter(Boolean)
    .join(" ");
  const label = channel.kind === "im" || channel.kind === "mpim" ? titleOf(channel) : channel.name;
  const button = h(
    "button",
    {
      type: "button",
      class: classes,
      "data-key": channel.id,
      tabindex: isOpen ? "0" : "-1",
      "aria-current": isOpen ? "page" : null,
      onclick: () => openChannel(channel.id),
    },
    markOf(channel),
    h("span", { class: "grow" }, label),
    channel.is_ext_shared ? icon("globe", { label: say("connectBadge") }) : null,
    channel.kind === "im" ? badge(badgeOf(userOf(channel.user))) : null,
    count ? h("span", { class: "count", "aria-label": say("unreadCount", count) }, String(count)) : null,
  );
  return h("li", {}, button);
}

function markOf(channel) {
  if (channel.kind === "im") return avatar(personOf(channel.user), "tiny");
  if (channel.kind === "mpim")
    return h("span", { class: "avatar tiny group" }, String(channel.num_members ?? channel.members.length));
  if (channel.kind === "private") return icon("lock", { label: say("privateChannel") });
  return h("span", { class: "hash", "aria-hidden": "true" }, "#");
}

function standing() {
  const isOn = state.isOnline && state.connections;
  const words = isOn ? say("botHere", state.connections) : say(state.isOnline ? "botGone" : "pageGone");
  return [h("span", { class: `lamp ${isOn ? "on" : state.isOnline ? "" : "off"}` }), words];
}

function footer() {
  const toggle = () => tell("toggle-faults");
  const props = { type: "button", class: "faults-button", "data-key": "faults", onclick: toggle };
  return h(
    "footer",
    {},
    h("div", { role: "status", class: "standing" }, standing()),
    h("button", props, icon("bug"), say("faults")),
  );
}

// One stop for Tab; up and down go through the channels.
function onKey(event) {
  const buttons = [...$("sidebar").querySelectorAll("li button")];
  const at = buttons.indexOf(document.activeElement);
  if (at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (to === undefined || event.altKey) return;
  event.preventDefault();
  buttons[(to + buttons.length) % buttons.length].focus();
}

export function startSidebar() {
  on("everything", draw);
  for (const topic of ["place", "unread"]) on(topic, drawLists);
  on("connection", drawStanding);
  $("sidebar").addEventListener("keydown", onKey);
}
