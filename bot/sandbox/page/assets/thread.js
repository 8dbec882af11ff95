// The pane on the right: one thread, named as the session it is, if it is one.

import { composer } from "./composer.js";
import { $, h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { messageList } from "./message-list.js";
import { openThread } from "./navigate.js";
import { titleOf } from "./people.js";
import { prompts } from "./prompts.js";
import { keepPlace, toEnd } from "./scrolling.js";
import { act, channelNow, on, state } from "./store.js";
import { say } from "./words.js";

const MAX_TITLE = 200;
let isRenaming = false;

let shown = "";

function draw() {
  const wanted = [state.me, state.channel, state.thread].join();
  if (wanted === shown) keepPlace($("thread"), drawThread);
  else drawThread();
  shown = wanted;
}

function drawThread() {
  const pane = $("thread");
  pane.hidden = !state.thread;
  document.body.classList.toggle("thread-open", Boolean(state.thread));
  isRenaming = false;
  if (!state.thread) {
    pane.replaceChildren();
    return;
  }
  const channel = channelNow();
  const list = messageList(state.thread);
  const box = channel.member
    ? composer({ channel, threadTs: state.thread, placeholder: say("reply") })
    : null;
  const offered = h("div", { class: "prompt-slot" }, prompts(channel, state.thread));
  pane.setAttribute("aria-label", say("thread"));
  pane.replaceChildren(header(channel), list, offered, ...(box ? [box] : []));
  toEnd(list);
}

function header(channel) {
  const session = channel.statuses.get(state.thread);
  const isSession = Boolean(session?.title || session?.session);
  const title = session?.title || say("thread");
  const rename = iconButton(say("rename"), icon("edit"), () => redrawHeader(true));
  return h(
    "header",
    {},
    isRenaming
      ? renaming(session)
      : h(
          "div",
          { class: "grow" },
          h("h1", { title }, title),
          h("p", { class: "faint small" }, titleOf(channel)),
        ),
    isSession && !isRenaming ? rename : null,
    iconButton(say("close"), icon("close"), () => openThread(null)),
  );
}

function renaming(session) {
  const box = h("input", { type: "text", maxlength: String(MAX_TITLE), "aria-label": say("sessionTitle") });
  box.value = session?.title ?? "";
  const submit = async (event) => {
    event.preventDefault();
    const title = box.value.trim();
    if (title && title !== session?.title) {
      await act("rename_session", { channel: state.channel, thread_ts: state.thread, title });
    }
    redrawHeader(false);
  };
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    redrawHeader(false);
  });
  queueMicrotask(() => box.select());
  const save = h("button", { class: "button small primary", type: "submit" }, say("save"));
  return h("form", { class: "grow renaming", onsubmit: submit }, box, save);
}

function redrawHeader(renames) {
  if (!state.thread) return;
  const wasRenaming = isRenaming;
  isRenaming = renames;
  $("thread").querySelector("header").replaceWith(header(channelNow()));
  if (wasRenaming && !renames) $("thread").querySelector("header button").focus();
}

export function startThread() {
  for (const topic of ["everything", "place", "thread"]) on(topic, draw);
  on("title", () => !isRenaming && redrawHeader(false));
  for (const topic of ["prompts", "message"]) {
    on(topic, () => {
      const slot = $("thread").querySelector(".prompt-slot");
      slot?.replaceChildren(...[prompts(channelNow(), state.thread)].filter(Boolean));
    });
  }
}
