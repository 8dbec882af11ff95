// What the bot says it is doing in a thread, and the button that stops it.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { act, channelNow, on, state, userOf } from "./store.js";
import { keepAtEnd } from "./scrolling.js";
import { shortName } from "./people.js";
import { say } from "./words.js";

const TURN_MS = 2500;
let turn = 0;

// The place where the line of a thread stands while there is one.
export function statusSlot(threadTs, { withStop }) {
  const line = statusLine(threadTs, withStop);
  const stop = withStop ? "" : null;
  return h("div", { class: "status-slot", "data-status": threadTs, "data-stop": stop }, line);
}

function statusLine(threadTs, withStop) {
  const channel = channelNow();
  const status = channel?.statuses.get(threadTs);
  const isStreaming = [...(channel?.messages.values() ?? [])].some(
    (message) => message.thread_ts === threadTs && message.stream === "in_progress",
  );
  const isBusy = isStreaming || status?.session === "processing";
  if (!status?.text && !(withStop && isBusy)) return null;
  const stop = () => act("stop", { channel: state.channel, thread_ts: threadTs });
  return h(
    "div",
    { class: "status" },
    h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    h("span", { class: "grow" }, saidNow(status)),
    withStop && isBusy
      ? h("button", { class: "button small stop", type: "button", onclick: stop }, icon("stop"), say("stop"))
      : null,
  );
}

function saidNow(status) {
  const name = shortName(userOf(state.bot));
  const loading = status?.text ? (status.loading_messages ?? []) : [];
  if (loading.length) return loading[turn % loading.length];
  return `${name} ${status?.text || say("writing")}`;
}

function redraw() {
  for (const list of document.querySelectorAll(".messages")) {
    keepAtEnd(list, () => {
      for (const slot of list.querySelectorAll("[data-status]")) {
        const line = statusLine(slot.dataset.status, slot.dataset.stop !== undefined);
        const focusedStop = slot.contains(document.activeElement) && slot.querySelector(".stop");
        slot.replaceChildren(...(line ? [line] : []));
        if (focusedStop) slot.querySelector(".stop")?.focus();
      }
    });
  }
}

export function startStatuses() {
  on("status", redraw);
  on("message", redraw);
  setInterval(() => {
    turn += 1;
    if (document.querySelector(".status")) redraw();
  }, TURN_MS);
}
