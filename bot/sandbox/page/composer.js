// The box one writes in: Enter sends, Shift+Enter breaks the line, and @ # / offer what can follow.

import { h, icon } from "./dom.js";
import { say } from "./words.js";

export function composer(box) {
  const input = h("textarea", { rows: "1", placeholder: box.placeholder, "aria-label": box.placeholder, title: say("hint"), spellcheck: "true" });
  const offers = h("ul", { class: "offers", role: "listbox", hidden: true });
  const broadcast = box.canBroadcast ? h("input", { type: "checkbox" }) : null;
  const button = h("button", { class: "send", type: "submit", title: say("send") }, icon("send"));
  let offered = [], chosen = 0, start = 0;

  const fit = () => { input.style.height = "auto"; input.style.height = `${Math.min(input.scrollHeight, 240)}px`; button.disabled = !input.value.trim(); };
  const close = () => { offered = []; offers.hidden = true; };

  function offer() {
    const before = input.value.slice(0, input.selectionStart);
    const found = before.match(/(^|[\s(])([@#])([^\s@#]*)$/) ?? (box.isThread ? null : before.match(/^()(\/)(\S*)$/));
    if (!found) return close();
    const [, , mark, typed] = found;
    start = before.length - typed.length - 1;
    const fits = (...names) => names.some((name) => name?.toLowerCase().includes(typed.toLowerCase()));
    if (mark === "/") offered = box.commands.filter((one) => one.name.startsWith(`/${typed}`)).map((one) => ({ insert: one.name, title: one.name, note: [one.description, one.usage_hint].filter(Boolean).join(" — ") }));
    else if (mark === "@") offered = [...box.people.users.values()].filter((one) => one.id !== box.me && fits(one.name, one.real_name)).sort((a, b) => b.is_bot - a.is_bot).map((one) => ({ insert: `@${one.name}`, title: one.profile.display_name, note: one.is_bot ? say("app") : one.real_name }));
    else offered = [...box.people.channels.values()].filter((one) => one.name && fits(one.name)).map((one) => ({ insert: `#${one.name}`, title: `#${one.name}`, note: one.topic?.value }));
    chosen = 0;
    show();
  }

  function show() {
    if (!offered.length) return close();
    offers.hidden = false;
    offers.replaceChildren(...offered.map((one, place) => h("li", { role: "option", "aria-selected": String(place === chosen), onmousedown: (event) => { event.preventDefault(); choose(place); } }, h("b", {}, one.title), h("span", { class: "faint small" }, one.note ?? ""))));
  }

  function choose(place) {
    input.setRangeText(`${offered[place].insert} `, start, input.selectionStart, "end");
    close();
    box.keep(input.value);
    fit();
    input.focus();
  }

  async function send() {
    const text = input.value;
    if (!text.trim()) return;
    const keptBroadcast = broadcast?.checked ?? false;
    input.value = "";
    box.keep("");
    close();
    fit();
    if (!(await box.send(text.trim(), keptBroadcast)) && !input.value) { input.value = text; box.keep(text); fit(); }
  }

  input.addEventListener("input", () => { box.keep(input.value); fit(); offer(); });
  input.addEventListener("click", offer);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    // while a Korean syllable is being put together, Enter belongs to the keyboard
    if (event.isComposing || event.keyCode === 229) return;
    if (offered.length) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); chosen = (chosen + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length; return show(); }
      if (event.key === "Tab" || (event.key === "Enter" && input.value.slice(start, input.selectionStart) !== offered[chosen].insert)) { event.preventDefault(); return choose(chosen); }
      if (event.key === "Escape") { event.preventDefault(); return close(); }
    }
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); send(); }
  });
  input.value = box.draft;
  requestAnimationFrame(fit);
  return h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); send(); } }, offers,
    h("div", { class: "field" }, input, button), broadcast ? h("label", { class: "small faint also" }, broadcast, say("also")) : null);
}
