// What can be filled in: the elements of input blocks, and the same ones standing in messages.

import { textOf } from "./blocks.js";
import { h, newId } from "./dom.js";
import { cannotDraw } from "./notices.js";
import { asChannel, asOption, asPerson, fits, picker } from "./picker.js";
import { chooseFiles } from "./uploads.js";
import { say } from "./words.js";

const plain = (object) => object?.text ?? "";

export const knowsField = (type) => Object.hasOwn(FIELDS, type);

export function inputBlock(block, place) {
  const id = newId("field");
  const problem = place.errors?.[block.block_id];
  const part = block.element;
  const described = [block.hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(" ");
  const changed = block.dispatch_action ? (value) => place.act(part.action_id, value) : undefined;
  const isGroup = part.type === "radio_buttons" || part.type === "checkboxes";
  const optional = block.optional ? h("small", {}, ` ${say("optional")}`) : null;
  const node = field(part, { ...place, changed, blockId: block.block_id }, { id });
  const target = isGroup
    ? node
    : node.matches("input, textarea, select")
      ? node
      : node.querySelector("input, textarea");
  if (target && described) target.setAttribute("aria-describedby", described);
  if (target && problem) target.setAttribute("aria-invalid", "true");
  if (target && !block.optional && !isGroup) target.setAttribute("aria-required", "true");
  if (isGroup) node.setAttribute("aria-labelledby", `${id}-label`);
  const label = isGroup
    ? h("div", { class: "label", id: `${id}-label` }, plain(block.label), optional)
    : h("label", { class: "label", for: id }, plain(block.label), optional);
  return h(
    "div",
    { class: "block input" + (problem ? " wrong" : ""), "data-block": block.block_id },
    label,
    node,
    problem ? h("p", { class: "problem", id: `${id}-problem` }, problem) : null,
    block.hint ? h("small", { class: "hint", id: `${id}-hint` }, plain(block.hint)) : null,
  );
}

// One element. `isAlone`: it stands in no input block, so it names itself.
export function field(part, place, { id = newId("field"), isAlone = false } = {}) {
  const key = part.action_id ?? place.blockId;
  const given = place.filled?.has(key) ? place.filled.get(key) : initial(part);
  if (place.filled && given !== undefined) place.filled.set(key, given);
  const context = {
    part,
    place,
    id,
    given,
    keep(value) {
      place.filled?.set(key, value);
    },
    // what is chosen counts at once; what is typed, when the field is left or Enter is pressed
    done(value) {
      place.filled?.set(key, value);
      place.changed?.(value);
    },
    label: isAlone ? plain(part.placeholder) || part.accessibility_label || say("choose") : null,
    chosenOptions: place.chosenOptions,
    key,
  };
  return FIELDS[part.type] ? FIELDS[part.type](context) : cannotDraw(part.type);
}

function initial(part) {
  if (part.initial_option) return part.initial_option.value;
  if (part.initial_options) return part.initial_options.map((option) => option.value);
  const names = ["value", "date", "time", "date_time", "user", "conversation", "channel"];
  const one = names.map((name) => part[`initial_${name}`]).find((value) => value !== undefined);
  if (one?.type === "rich_text") return plainOf(one);
  return one ?? part.initial_users ?? part.initial_conversations ?? part.initial_channels;
}

// The text of a rich_text value, for an editor that writes plain text.
const plainOf = (value) =>
  Array.isArray(value) ? value.map(plainOf).join("") : (value?.text ?? plainOf(value?.elements ?? []));

// --- text ------------------------------------------------------------------------------------------------

function textField({ part, id, given, keep, done, label }, tag, type) {
  const limits = {
    minlength: part.min_length,
    maxlength: part.max_length,
    min: part.min_value,
    max: part.max_value,
  };
  const set = Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [name, value && String(value)]),
  );
  const box = h(tag, {
    id,
    type,
    ...set,
    placeholder: plain(part.placeholder) || null,
    "aria-label": label,
    rows: tag === "textarea" ? "4" : null,
    step: part.is_decimal_allowed ? "any" : null,
  });
  box.value = given ?? "";
  const when = part.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  box.addEventListener("input", () =>
    when.includes("on_character_entered") ? done(box.value) : keep(box.value),
  );
  box.addEventListener("keydown", (event) => {
    const isDone =
      event.key === "Enter" && !event.shiftKey && !event.isComposing && when.includes("on_enter_pressed");
    if (isDone && tag === "input") done(box.value);
  });
  return box;
}

function pickedTime(
  { part, id, given, done, label },
  type,
  read = (value) => value,
  show = (value) => value,
) {
  const box = h("input", { id, type, "aria-label": label, title: plain(part.placeholder) || null });
  box.value = given === undefined ? "" : show(given);
  box.addEventListener("change", () => done(box.value ? read(box.value) : ""));
  return box;
}

// --- choosing --------------------------------------------------------------------------------------------

const optionsOf = (part) => part.options ?? (part.option_groups ?? []).flatMap((group) => group.options);
const listed = (given) => [].concat(given ?? []);

function select({ part, id, given, done, label }) {
  const option = (one) =>
    h("option", { value: one.value, selected: listed(given).includes(one.value) }, plain(one.text));
  const groups = part.option_groups?.map((group) =>
    h("optgroup", { label: plain(group.label) }, group.options.map(option)),
  );
  const none = h("option", { value: "" }, plain(part.placeholder) || say("choose"));
  const change = (event) => done(event.target.value);
  return h("select", { id, "aria-label": label, onchange: change }, none, groups ?? part.options.map(option));
}

function choices({ part, place, id, given, done }) {
  const isSeveral = part.type === "checkboxes";
  const group = h("div", { class: "choices", id, role: isSeveral ? "group" : "radiogroup" });
  const change = () => {
    const chosen = [...group.querySelectorAll("input:checked")].map((one) => one.value);
    done(isSeveral ? chosen : chosen[0]);
  };
  const name = newId("choice");
  group.append(
    ...optionsOf(part).map((option) => {
      const checked = listed(given).includes(option.value);
      const type = isSeveral ? "checkbox" : "radio";
      const box = h("input", { type, name, value: option.value, checked, onchange: change });
      const note = option.description ? h("small", {}, plain(option.description)) : null;
      return h("label", {}, box, h("span", {}, textOf(option.text, place), note));
    }),
  );
  return group;
}

// A field one types in to find one or several of `all(place)`.
function finder(all) {
  return (context) => {
    const { part, place, id, given, done, label, key } = context;
    const isSeveral = part.type.startsWith("multi_");
    const known = all
      ? all(place, part)
      : [...initialOptions(part), ...(place.chosenOptions?.get(key) ?? [])];
    const start = listed(given).map(
      (value) => known.find((one) => one.value === value) ?? { value, title: value },
    );
    const find = all
      ? (typed) => known.filter((one) => fits(typed, one.title, one.note))
      : async (typed) => ((await place.suggest(part.action_id, typed)) ?? []).map(asOption);
    const changed = (items) => {
      // an option from the bot is known by its value alone: the page must remember what it is called
      place.chosenOptions?.set(key, items);
      done(isSeveral ? items.map((one) => one.value) : (items[0]?.value ?? ""));
    };
    const most = part.max_selected_items;
    const minLength = all ? 0 : (part.min_query_length ?? 3);
    const placeholder = plain(part.placeholder) || say(minLength ? "typeToSearch" : "choose");
    return picker({ id, label, placeholder, isSeveral, most, find, start, changed, minLength });
  };
}

const initialOptions = (part) => listed(part.initial_options ?? part.initial_option).map(asOption);
const people = (place) => [...place.people.users.values()].map(asPerson);
const channels = (place, part) => {
  const kinds = part.filter?.include;
  const allowed = (channel) => !kinds || kinds.includes(channel.kind);
  return [...place.people.channels.values()].filter(allowed).map(asChannel);
};
const publicChannels = (place) =>
  [...place.people.channels.values()].filter((one) => one.kind === "public").map(asChannel);
const options = (_, part) => optionsOf(part).map(asOption);

function fileField({ part, id, given, done }) {
  return chooseFiles({
    id,
    most: part.max_files ?? 10,
    kinds: part.filetypes ?? [],
    given: given ?? [],
    changed: done,
  });
}

const FIELDS = {
  plain_text_input: (context) => textField(context, context.part.multiline ? "textarea" : "input", null),
  rich_text_input(context) {
    const note = h("small", { class: "faint" }, say("plainOnly"));
    return h("div", {}, textField(context, "textarea", null), note);
  },
  email_text_input: (context) => textField(context, "input", "email"),
  url_text_input: (context) => textField(context, "input", "url"),
  number_input: (context) => textField(context, "input", "number"),
  datepicker: (context) => pickedTime(context, "date"),
  timepicker: (context) => pickedTime(context, "time"),
  datetimepicker: (context) =>
    pickedTime(
      context,
      "datetime-local",
      (value) => Math.floor(new Date(value).getTime() / 1000),
      localDateTime,
    ),
  static_select: select,
  multi_static_select: finder(options),
  external_select: finder(null),
  multi_external_select: finder(null),
  users_select: finder(people),
  multi_users_select: finder(people),
  conversations_select: finder(channels),
  multi_conversations_select: finder(channels),
  channels_select: finder(publicChannels),
  multi_channels_select: finder(publicChannels),
  radio_buttons: choices,
  checkboxes: choices,
  file_input: fileField,
};

function localDateTime(seconds) {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
