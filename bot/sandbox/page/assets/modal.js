// The modal the bot opened: filled in, submitted, refused with reasons, or laid over another one.

import { renderBlocks } from "./blocks.js";
import { $, h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { act, on, state } from "./store.js";
import { refusal, say } from "./words.js";

// What was filled in is kept by view, so that going back to a view finds it again.
const views = new Map(); // view id -> {filled, chosenOptions}
let errors = {};
let problem = "";
let isWaiting = false;
let shownId = "";

function draw({ isNew = false } = {}) {
  const dialog = $("modal");
  const view = state.modal;
  if (!view) {
    views.clear();
    shownId = "";
    if (dialog.open) dialog.close();
    dialog.replaceChildren();
    return;
  }
  if (isNew) {
    errors = {};
    problem = "";
    isWaiting = false;
  }
  const isSame = view.id === shownId;
  const focused = isSame ? dialog.querySelector(":focus")?.closest("[data-block]")?.dataset.block : null;
  shownId = view.id;
  dialog.setAttribute("aria-labelledby", "modal-title");
  dialog.replaceChildren(form(view));
  if (!dialog.open) dialog.showModal();
  focus(dialog, focused);
}

const FIELDS = ":is(input:not([hidden]), textarea, select)";

function focus(dialog, focused) {
  const wanted =
    dialog.querySelector(`.wrong ${FIELDS}`) ??
    (focused && dialog.querySelector(`[data-block="${CSS.escape(focused)}"] ${FIELDS}`)) ??
    dialog.querySelector(`.inside ${FIELDS}`) ??
    dialog.querySelector("footer .button:last-child");
  wanted?.focus();
}

function placeOf(view) {
  if (!views.has(view.id)) views.set(view.id, { filled: new Map(), chosenOptions: new Map() });
  const act_ = (used) => {
    const filled = Object.fromEntries(views.get(view.id)?.filled ?? []);
    return act("click", { view_id: view.id, ...used, filled });
  };
  const suggest = async (action_id, typed) =>
    (await act("suggest", { view_id: view.id, action_id, typed })).options;
  return { people: state.people, errors, act: act_, suggest, ...views.get(view.id) };
}

function form(view) {
  const isStacked = state.modalDepth > 1;
  const close = () => act("close_view");
  const closeAll = () => act("close_view", { everything: true });
  const closeWords = view.close?.text ?? (isStacked ? say("back") : say("cancel"));
  const submit = view.submit
    ? h(
        "button",
        { class: "button primary", type: "submit", "aria-busy": String(isWaiting) },
        view.submit.text,
      )
    : null;
  const content = h("div", { class: "inside" }, renderBlocks(view.blocks, placeOf(view)));
  if (content.scrollHeight > 0) content.tabIndex = 0;
  return h(
    "form",
    { onsubmit: (event) => submitted(event, view), novalidate: true },
    h(
      "header",
      {},
      isStacked ? iconButton(say("back"), icon("back"), close, { class: "back" }) : null,
      h("h1", { id: "modal-title", class: "grow" }, view.title?.text ?? ""),
      iconButton(say("close"), icon("close"), closeAll),
    ),
    problem ? h("p", { class: "banner", role: "alert" }, icon("alert"), problem) : null,
    content,
    h("footer", {}, h("button", { class: "button", type: "button", onclick: close }, closeWords), submit),
  );
}

async function submitted(event, view) {
  event.preventDefault();
  if (isWaiting) return;
  isWaiting = true;
  const button = event.target.querySelector("footer [type=submit]");
  button?.setAttribute("aria-busy", "true");
  const filled = Object.fromEntries(views.get(view.id)?.filled ?? []);
  const answer = await act("submit", { view_id: view.id, filled }, { quiet: true });
  isWaiting = false;
  if (state.modal?.id !== view.id) return;
  problem = answer.ok
    ? ""
    : answer.error === "operation_timeout"
      ? say("troubleConnecting")
      : refusal(answer.error);
  errors = answer.errors ?? {};
  if (problem || Object.keys(errors).length) draw();
}

export function startModal() {
  on("everything", () => draw());
  on("modal", draw);
  $("modal").addEventListener("cancel", (event) => {
    event.preventDefault(); // the bot is told, and it closes when the sandbox says so
    act("close_view");
  });
}
