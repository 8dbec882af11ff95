// The drawer for developers: what shall go wrong, and what has gone between the sandbox and the bot.

import { $, h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { closeDrawer } from "./navigate.js";
import { act, ask, on, state } from "./store.js";
import { locale, inLanguage, say } from "./words.js";

const LOOK_AGAIN_MS = 1000;
const SHOWN = 30;

let timer = 0;
let returnTo = null;
let tab = "faultsTab";
const shown = {}; // section -> what was drawn last, so that nothing is drawn twice

export const isFaultsOpen = () => !$("faults").hidden;

export function toggleFaults() {
  const drawer = $("faults");
  if (isFaultsOpen()) {
    clearInterval(timer);
    drawer.hidden = true;
    drawer.replaceChildren();
    (returnTo?.isConnected ? returnTo : document.querySelector("[data-key=faults]"))?.focus();
    return;
  }
  returnTo = document.activeElement;
  drawer.hidden = false;
  closeDrawer();
  draw();
  drawer.querySelector("header button").focus();
  timer = setInterval(look, LOOK_AGAIN_MS);
}

const SECTIONS = {
  faultsTab: [
    ["active", "activeFaults"],
    ["catalogue", "makeFault"],
  ],
  trafficTab: [
    ["deliveries", "deliveries"],
    ["calls", "apiCalls"],
  ],
};

function draw() {
  const drawer = $("faults");
  Object.keys(shown).forEach((name) => delete shown[name]);
  drawer.setAttribute("aria-label", say("faultsTitle"));
  const section = ([name, title]) =>
    h("section", {}, h("h2", {}, say(title)), h("div", { "data-section": name }));
  drawer.replaceChildren(
    h(
      "header",
      {},
      icon("bug"),
      h("h1", { class: "grow" }, say("faultsTitle")),
      iconButton(say("close"), icon("close"), toggleFaults),
    ),
    tabs(),
    h(
      "div",
      { class: "drawer-body", tabindex: "0", role: "region", "aria-label": say(tab) },
      h("div", { "data-section": "standing", role: "status" }),
      SECTIONS[tab].map(section),
    ),
  );
  look();
}

function tabs() {
  const open = (name) => () => {
    tab = name;
    draw();
    $("faults").querySelector("[aria-pressed=true]").focus();
  };
  const button = (name) =>
    h("button", { type: "button", "aria-pressed": String(tab === name), onclick: open(name) }, say(name));
  return h(
    "div",
    { class: "tabs", role: "group", "aria-label": say("views") },
    Object.keys(SECTIONS).map(button),
  );
}

async function look() {
  const given = await ask("/page/faults");
  if (!given || !isFaultsOpen()) return;
  show("standing", [given.transport, state.connections, given.waiting], () => standing(given));
  show("active", given.active, () => active(given));
  show("deliveries", given.deliveries, () => deliveries(given.deliveries));
  show("calls", given.calls, () => calls(given.calls));
  show("catalogue", given.methods, () => given.catalogue.map((fault) => faultCard(fault, given.methods)));
}

function show(name, given, made) {
  const section = document.querySelector(`[data-section=${name}]`);
  const key = JSON.stringify(given);
  if (!section) return; // on the other tab
  if (shown[name] === key) return;
  shown[name] = key;
  section.replaceChildren(...[made()].flat());
}

// --- how things stand ------------------------------------------------------------------------------------

function standing({ transport, waiting }) {
  const lamp = state.connections || transport === "http" ? "on" : "";
  const words =
    transport === "http"
      ? say("overHttp")
      : state.connections
        ? say("botHere", state.connections)
        : say("botGone");
  return h(
    "p",
    { class: "standing" },
    h("span", { class: `lamp ${lamp}` }),
    `${words}. ${say("waitingFor", waiting)}`,
  );
}

function active(given) {
  if (!given.active.length) return h("p", { class: "faint" }, say("noFaults"));
  const titleOf = (name) => inLanguage(given.catalogue.find((fault) => fault.name === name)?.title) || name;
  const one = ({ name, parameters, left }) => {
    const chosen = Object.entries(parameters)
      .filter(([key]) => key !== "times")
      .map(([, value]) => value)
      .join(", ");
    const uses = left === null ? say("untilLifted") : say("usesLeft", left);
    const lift = h(
      "button",
      { class: "button small", type: "button", onclick: () => lifted(name) },
      say("lift"),
    );
    const note = h("small", { class: "faint" }, [chosen, uses].filter(Boolean).join(" · "));
    return h(
      "li",
      { class: "armed" },
      icon("alert"),
      h("div", { class: "grow" }, h("b", {}, titleOf(name)), note),
      lift,
    );
  };
  return h("ul", { class: "plain" }, given.active.map(one));
}

async function lifted(name) {
  await act("lift_fault", { name });
  await look();
}

// --- choosing a fault ------------------------------------------------------------------------------------

function faultCard(fault, methods) {
  const values = Object.fromEntries(fault.parameters.map((parameter) => [parameter.name, parameter.default]));
  const explained = `fault-${fault.name}`;
  const trigger = async (event) => {
    event.preventDefault();
    const answer = await act("trigger_fault", { name: fault.name, parameters: values });
    if (answer.ok) await look();
  };
  const field = (parameter) =>
    h(
      "label",
      {},
      h("span", { class: "small" }, inLanguage(parameter.title)),
      parameterField(parameter, methods, (value) => {
        values[parameter.name] = value;
      }),
    );
  const button = h(
    "button",
    { class: "button small", type: "submit", "aria-describedby": explained },
    say(fault.is_standing ? "switchOn" : "trigger"),
  );
  return h(
    "details",
    { class: "fault", "data-fault": fault.name },
    h(
      "summary",
      {},
      h("b", {}, inLanguage(fault.title)),
      fault.is_standing ? h("span", { class: "badge" }, say("standing")) : null,
    ),
    h("p", { class: "faint small", id: explained }, inLanguage(fault.explanation)),
    h("form", { onsubmit: trigger }, fault.parameters.map(field), button),
  );
}

function parameterField(parameter, methods, changed) {
  const choices = { choice: parameter.choices, method: ["*", ...methods] }[parameter.kind];
  if (choices) {
    const words = (value) => (value === "*" ? say("everyMethod") : value);
    const option = (value) => h("option", { value, selected: value === parameter.default }, words(value));
    return h(
      "select",
      { name: parameter.name, onchange: (event) => changed(event.target.value) },
      choices.map(option),
    );
  }
  const isNumber = parameter.kind === "int" || parameter.kind === "float";
  const input = h("input", {
    name: parameter.name,
    type: isNumber ? "number" : "text",
    step: parameter.kind === "float" ? "any" : null,
    min: parameter.least === null || parameter.least === undefined ? null : String(parameter.least),
  });
  input.value = String(parameter.default);
  input.addEventListener("input", () => changed(isNumber ? Number(input.value) : input.value));
  return input;
}

// --- what has gone over the wire -------------------------------------------------------------------------

const timeOf = (at) =>
  new Intl.DateTimeFormat(locale(), { timeStyle: "medium", hourCycle: "h23" }).format(at * 1000);

function table(heads, rows, empty) {
  if (!rows.length) return h("p", { class: "faint" }, empty);
  const head = h(
    "thead",
    {},
    h(
      "tr",
      {},
      heads.map((words) => h("th", { scope: "col" }, words)),
    ),
  );
  return h("table", { class: "log" }, head, h("tbody", {}, rows));
}

function deliveries(given) {
  const row = ({ at, what, attempt, outcome, ms }) => {
    const words = { waiting: say("waitingAck"), acknowledged: say("acknowledged") }[outcome] ?? outcome;
    const mark = { waiting: "faint", acknowledged: "good" }[outcome] ?? "bad";
    const took = outcome === "waiting" ? "" : ` · ${Math.round(ms)} ms`;
    const name = h(
      "td",
      {},
      h("code", {}, what),
      attempt ? h("span", { class: "badge bad" }, say("retryNumber", attempt)) : null,
    );
    return h("tr", {}, h("td", { class: "faint" }, timeOf(at)), name, h("td", { class: mark }, words + took));
  };
  const rows = given.slice(-SHOWN).reverse().map(row);
  return table([say("time"), say("sent"), say("outcome")], rows, say("nothingYet"));
}

function calls(given) {
  const row = ({ at, method, error, ms }) => {
    const outcome = h("td", { class: error ? "bad" : "good" }, `${error || "ok"} · ${Math.round(ms)} ms`);
    return h("tr", {}, h("td", { class: "faint" }, timeOf(at)), h("td", {}, h("code", {}, method)), outcome);
  };
  const rows = given.slice(-SHOWN).reverse().map(row);
  return table([say("time"), say("method"), say("outcome")], rows, say("nothingYet"));
}

export function startFaults() {
  on("toggle-faults", toggleFaults);
  on("language", () => isFaultsOpen() && draw());
  on("connection", () => isFaultsOpen() && look());
}
