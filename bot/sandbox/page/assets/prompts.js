// What the bot offers to ask: chips above the box, until the person has asked something.

import { h } from "./dom.js";
import { act, state } from "./store.js";
import { say } from "./words.js";

export function prompts(channel, threadTs) {
  const offered = channel.prompts.get(threadTs);
  const here = (message) => !threadTs || message.thread_ts === threadTs;
  const hasAsked = [...channel.messages.values()].some(
    (message) => message.user === state.me && here(message),
  );
  if (hasAsked || !offered?.prompts?.length) return null;
  const ask = (prompt) => act("say", { channel: channel.id, text: prompt.message, thread_ts: threadTs });
  const chip = (prompt) =>
    h("button", { class: "chip", type: "button", onclick: () => ask(prompt) }, prompt.title);
  return h(
    "div",
    { class: "prompts", role: "group", "aria-label": offered.title || say("prompts") },
    h("span", { class: "faint small" }, offered.title || say("prompts")),
    offered.prompts.map(chip),
  );
}
