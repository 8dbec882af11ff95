// Block Kit, as far as a bot like ours sends it. What is not known is said to be so, never left out silently.

import { h, icon } from "./dom.js";
import { channelLink, emoji, link, markdown, mention, mrkdwn, table } from "./text.js";
import { say } from "./words.js";

// `place` says where the blocks are: { people, act(action_id, value), chosen: Map of what was chosen, errors }

export function renderBlocks(blocks, place) {
  return blocks.map((block) => (KINDS[block.type] ?? unknown)(block, place));
}

const text = (object, place) => (object?.type === "plain_text" ? h("p", {}, object.text) : mrkdwn(object?.text ?? "", place.people));
const plain = (object) => object?.text ?? "";
const unknown = (block) => h("p", { class: "notice" }, icon("alert"), say("unknownBlock", block.type));
const refusedImage = (image) => h("p", { class: "notice", title: image.image_url ?? "" }, icon("image"), say("image", image.alt_text ?? ""));

const KINDS = {
  section: (block, place) =>
    h("div", { class: "block section" },
      h("div", { class: "grow" }, block.text ? text(block.text, place) : null,
        block.fields ? h("div", { class: "fields" }, block.fields.map((field) => h("div", {}, text(field, place)))) : null),
      block.accessory ? h("div", { class: "accessory" }, element(block.accessory, place)) : null),
  header: (block) => h("h3", { class: "block header" }, plain(block.text)),
  divider: () => h("hr", { class: "block" }),
  markdown: (block, place) => h("div", { class: "block markdown" }, markdown(block.text, place.people)),
  context: (block, place) =>
    h("div", { class: "block context" }, block.elements.map((part) => (part.type === "image" ? refusedImage(part) : h("span", {}, text(part, place))))),
  actions: (block, place) => h("div", { class: "block actions" }, block.elements.map((part) => element(part, place))),
  context_actions: (block, place) => h("div", { class: "block actions quiet" }, block.elements.map((part) => element(part, place))),
  image: (block) => refusedImage(block),
  rich_text: (block, place) => h("div", { class: "block rich" }, block.elements.map((part) => rich(part, place))),
  table: (block, place) => {
    const cell = (given) => (given.type === "rich_text" ? given.elements.map((part) => rich(part, place)) : plain(given));
    const [head, ...body] = block.rows.map((row) => row.map(cell));
    return table(head, body);
  },
  task_card: (block, place) => task(block, place),
  plan: (block, place) => h("div", { class: "block plan" }, h("strong", {}, block.title), (block.tasks ?? []).map((part) => task(part, place))),
  input: (block, place) => {
    const problem = place.errors?.[block.block_id];
    const id = `input-${block.block_id}`;
    return h("div", { class: "block input" + (problem ? " wrong" : "") },
      h("label", { for: id }, plain(block.label), block.optional ? h("small", {}, ` ${say("optional")}`) : null),
      input(block.element, place, id, block),
      problem ? h("p", { class: "problem", role: "alert" }, problem) : null,
      block.hint ? h("small", { class: "hint" }, plain(block.hint)) : null);
  },
};

function task(block, place) {
  const sources = (block.sources ?? []).map((source) => h("li", {}, link(source.url ?? "", source.text ?? source.url)));
  const detail = (value) => (typeof value === "string" ? markdown(value, place.people) : value?.elements ? value.elements.map((part) => rich(part, place)) : null);
  return h("div", { class: `block task ${block.status ?? "pending"}` }, h("span", { class: "dot" }, block.status === "complete" ? icon("check") : null),
    h("div", { class: "grow" }, h("span", {}, block.title), h("div", { class: "detail" }, detail(block.details), detail(block.output)), sources.length ? h("ul", {}, sources) : null));
}

// --- rich text --------------------------------------------------------------------------------------------------

function rich(part, place) {
  const inside = () => part.elements.map((leaf) => richLeaf(leaf, place));
  switch (part.type) {
    case "rich_text_section": return h("p", {}, inside());
    case "rich_text_quote": return h("blockquote", {}, inside());
    case "rich_text_preformatted": return h("pre", {}, inside());
    case "rich_text_list":
      return h(part.style === "ordered" ? "ol" : "ul", { class: `indent${part.indent ?? 0}` }, part.elements.map((item) => h("li", {}, item.elements.map((leaf) => richLeaf(leaf, place)))));
    default: return unknown(part);
  }
}

function richLeaf(leaf, { people }) {
  let node;
  switch (leaf.type) {
    case "text": node = h("span", {}, ...leaf.text.split("\n").flatMap((line, row) => (row ? [h("br"), line] : [line]))); break;
    case "link": node = link(leaf.url, leaf.text); break;
    case "user": node = mention(people, leaf.user_id); break;
    case "channel": node = channelLink(people, leaf.channel_id); break;
    case "emoji": node = h("span", {}, emoji(leaf.name)); break;
    case "broadcast": node = h("span", { class: "mention broad" }, `@${leaf.range}`); break;
    default: return unknown(leaf);
  }
  for (const [style, tag] of [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"]]) if (leaf.style?.[style]) node = h(tag, {}, node);
  return node;
}

// --- elements that do something ---------------------------------------------------------------------------------

function element(part, place) {
  const act = (value) => place.act(part.action_id, value);
  switch (part.type) {
    case "button":
      if (part.url) return h("a", { class: "button", href: /^https?:/i.test(part.url) ? part.url : null, target: "_blank", rel: "noopener noreferrer", onclick: () => act() }, plain(part.text));
      return h("button", { class: `button ${part.style ?? ""}`, type: "button", onclick: (event) => pressed(event, act()) }, plain(part.text));
    case "icon_button":
      return h("button", { class: "button icon-only", type: "button", title: plain(part.text), onclick: (event) => pressed(event, act()) }, part.icon === "trash" ? icon("trash") : plain(part.text));
    case "feedback_buttons": {
      const side = (button, name) => {
        const isChosen = place.chosen?.get(part.action_id) === button.value;
        const choose = (event) => { place.chosen?.set(part.action_id, button.value); for (const other of event.currentTarget.parentNode.children) other.classList.toggle("chosen", other === event.currentTarget); act(button.value); };
        return h("button", { class: "button thumb" + (isChosen ? " chosen" : ""), type: "button", title: button.accessibility_label ?? plain(button.text), onclick: choose }, icon(name), plain(button.text));
      };
      return h("span", { class: "feedback" }, side(part.positive_button, "up"), side(part.negative_button, "down"));
    }
    case "image": return refusedImage(part);
    case "static_select": case "overflow": case "radio_buttons": case "checkboxes": case "datepicker": case "users_select":
    case "conversations_select": case "channels_select": case "multi_static_select":
      return input(part, { ...place, changed: act }, null, null);
    default: return unknown(part);
  }
}

function pressed(event, answered) {
  const button = event.currentTarget;
  button.disabled = true;
  Promise.resolve(answered).finally(() => { button.disabled = false; });
}

const optionsOf = (part) => part.options ?? (part.option_groups ?? []).flatMap((group) => group.options);

function input(part, place, id, block) {
  const key = part.action_id ?? block?.block_id;
  const keep = (value) => { place.filled?.set(key, value); place.changed?.(value); };
  const start = place.filled?.has(key) ? place.filled.get(key) : initial(part);
  if (place.filled && !place.filled.has(key) && start !== undefined) place.filled.set(key, start);
  const common = { id, placeholder: plain(part.placeholder), "aria-label": id ? null : plain(part.placeholder) || part.action_id };
  switch (part.type) {
    case "plain_text_input": {
      const box = h(part.multiline ? "textarea" : "input", { ...common, rows: part.multiline ? "4" : null, maxlength: part.max_length ? String(part.max_length) : null, oninput: (event) => keep(event.target.value) });
      box.value = start ?? "";
      return box;
    }
    case "email_text_input": case "url_text_input": case "number_input": case "datepicker": case "timepicker": {
      const kind = { email_text_input: "email", url_text_input: "url", number_input: "number", datepicker: "date", timepicker: "time" }[part.type];
      const box = h("input", { ...common, type: kind, step: part.is_decimal_allowed ? "any" : null, onchange: (event) => keep(event.target.value) });
      box.value = start ?? "";
      return box;
    }
    case "static_select": case "overflow": case "users_select": case "conversations_select": case "channels_select": case "multi_static_select": {
      const isSeveral = part.type.startsWith("multi_");
      const people = [...place.people.users.values()].map((user) => ({ value: user.id, text: { text: user.real_name } }));
      const rooms = [...place.people.channels.values()].filter((channel) => channel.name).map((channel) => ({ value: channel.id, text: { text: `#${channel.name}` } }));
      const options = part.type === "users_select" ? people : /conversations|channels/.test(part.type) ? rooms : optionsOf(part);
      const select = h("select", { ...common, multiple: isSeveral, onchange: (event) => keep(isSeveral ? [...event.target.selectedOptions].map((option) => option.value) : event.target.value) },
        isSeveral ? null : h("option", { value: "" }, plain(part.placeholder) || say("newChoice")),
        options.map((option) => h("option", { value: option.value, selected: [].concat(start ?? []).includes(option.value) }, plain(option.text))));
      return select;
    }
    case "radio_buttons": case "checkboxes": {
      const isSeveral = part.type === "checkboxes";
      const name = `${key}-${Math.random()}`;
      const group = h("div", { class: "choices", id });
      group.append(...optionsOf(part).map((option) => {
        const box = h("input", { type: isSeveral ? "checkbox" : "radio", name, value: option.value, checked: [].concat(start ?? []).includes(option.value),
          onchange: () => { const chosen = [...group.querySelectorAll("input:checked")].map((one) => one.value); keep(isSeveral ? chosen : chosen[0]); } });
        return h("label", {}, box, h("span", {}, text(option.text, place), option.description ? h("small", {}, plain(option.description)) : null));
      }));
      return group;
    }
    default: return unknown(part);
  }
}

function initial(part) {
  if (part.initial_option) return part.initial_option.value;
  if (part.initial_options) return part.initial_options.map((option) => option.value);
  return part.initial_value ?? part.initial_date ?? part.initial_time ?? part.initial_user ?? part.initial_conversation ?? part.initial_channel ?? undefined;
}
