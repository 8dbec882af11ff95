// A field that finds one or several of many: people, channels, options, what the bot offers while one types.

import { Choices } from "./choices.js";
import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { avatar, badge, badgeOf, personOf, shortName, titleOf } from "./people.js";
import { say } from "./words.js";

const WAIT_MS = 250;

// `find(typed)` returns or promises items {value, title, note, before}; `changed(items)` hears every choice.
export function picker({
  id,
  label,
  placeholder,
  isSeveral,
  most,
  find,
  start = [],
  changed,
  minLength = 0,
}) {
  const input = h("input", {
    type: "text",
    id,
    autocomplete: "off",
    placeholder: placeholder || say("search"),
  });
  if (label) input.setAttribute("aria-label", label);
  const chips = h("span", { class: "chips" });
  const field = h("div", { class: "picker-field" }, chips, input);
  let chosen = [...start];
  let turn = 0;
  let timer = 0;

  const take = (item) => {
    if (!item?.value) return;
    chosen = isSeveral ? [...chosen.filter((one) => one.value !== item.value), item] : [item];
    input.value = isSeveral ? "" : item.title;
    show();
    changed(chosen);
  };
  const choices = new Choices(input, label || say("options"), take, { floatsBy: field });

  const remove = (item) => {
    chosen = chosen.filter((one) => one !== item);
    show();
    changed(chosen);
    input.focus();
  };

  function show() {
    if (!isSeveral) input.value = chosen[0]?.title ?? "";
    chips.replaceChildren(...(isSeveral ? chosen.map(chip) : []));
    input.disabled = Boolean(isSeveral && most && chosen.length >= most);
  }

  const chip = (item) =>
    h(
      "span",
      { class: "picked-chip" },
      item.title,
      iconButton(say("take", item.title), icon("close"), () => remove(item)),
    );

  async function offer() {
    const mine = (turn += 1);
    const typed = isSeveral || input.value !== chosen[0]?.title ? input.value.trim() : "";
    if (typed.length < minLength) return choices.close();
    const found = await find(typed);
    if (mine !== turn || document.activeElement !== input) return undefined;
    const left = found.filter((item) => !isSeveral || !chosen.some((one) => one.value === item.value));
    return choices.show(left.length ? left : [{ value: "", title: say("nothingFound") }]);
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (!isSeveral && !input.value && chosen.length) {
      chosen = [];
      changed(chosen);
    }
    timer = setTimeout(offer, WAIT_MS);
  });
  input.addEventListener("focus", offer);
  input.addEventListener("click", () => !choices.isOpen && offer());
  input.addEventListener("blur", () => {
    turn += 1;
    choices.close();
    show();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || choices.takesKey(event)) return;
    if (event.key === "Backspace" && isSeveral && !input.value && chosen.length) remove(chosen.at(-1));
    if (event.key === "ArrowDown") offer();
  });
  show();
  return h("div", { class: "picker" }, field, choices.node);
}

export const fits = (typed, ...names) =>
  names.some((name) => name?.toLowerCase().includes(typed.toLowerCase()));

export const asPerson = (user) => ({
  value: user.id,
  title: user.real_name || shortName(user),
  note: `@${user.name}`,
  before: avatar(personOf(user.id), "tiny"),
  badge: badge(badgeOf(user)),
});

export const asChannel = (channel) => ({
  value: channel.id,
  title: channel.kind === "public" ? channel.name : titleOf(channel),
  note: channel.topic?.value,
  before: markOf(channel),
});

function markOf(channel) {
  if (channel.kind === "im") return avatar(personOf(channel.user), "tiny");
  return icon({ public: "hash", private: "lock", mpim: "group" }[channel.kind]);
}

export const asOption = (option) => ({
  value: option.value,
  title: option.text?.text ?? option.value,
  note: option.description?.text,
  option,
});
