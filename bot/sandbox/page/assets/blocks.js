// Block Kit. What cannot be drawn is said to be so.
//
// `place` says where the blocks are: {people, chosen: Map of what was chosen, act({action_id, value, block_id}),
// suggest(action_id, typed)}, and in a view {filled: Map of what was filled in, errors, kinds}.

import { h } from "./dom.js";
import { element } from "./elements.js";
import { imageOf } from "./files.js";
import { icon } from "./icons.js";
import { inputBlock } from "./inputs.js";
import { markdown, table } from "./markdown.js";
import { mrkdwn } from "./mrkdwn.js";
import { cannotDraw } from "./notices.js";
import { richText } from "./rich-text.js";
import { lines, link } from "./text.js";

export function renderBlocks(blocks, place) {
  // several blocks may have elements of the same action_id: what is used is told with its block
  return blocks.map((block) => {
    const act = (action_id, value) => place.act({ action_id, value, block_id: block.block_id });
    return (KINDS[block.type] ?? (() => cannotDraw(block.type)))(block, { ...place, act });
  });
}

export const textOf = (object, place) =>
  object?.type === "plain_text" ? h("p", {}, lines(object.text)) : mrkdwn(object?.text ?? "", place.people);

const elements = (className) => (block, place) =>
  h(
    "div",
    { class: `block ${className}` },
    block.elements.map((part) => element(part, place)),
  );

const KINDS = {
  section(block, place) {
    const fields = block.fields?.map((field) => h("div", {}, textOf(field, place)));
    return h(
      "div",
      { class: "block section" },
      h(
        "div",
        { class: "grow" },
        block.text ? textOf(block.text, place) : null,
        fields ? h("div", { class: "fields" }, fields) : null,
      ),
      block.accessory ? h("div", { class: "accessory" }, element(block.accessory, place)) : null,
    );
  },
  header: (block) => h("h2", { class: "block header" }, lines(block.text?.text ?? "")),
  divider: () => h("hr", { class: "block" }),
  markdown: (block, place) => h("div", { class: "block markdown" }, markdown(block.text, place.people)),
  context(block, place) {
    const part = (one) => (one.type === "image" ? imageOf(one) : h("span", {}, textOf(one, place)));
    return h("div", { class: "block context" }, block.elements.map(part));
  },
  actions: elements("actions"),
  context_actions: elements("actions quiet"),
  image: (block) =>
    h(
      "figure",
      { class: "block" },
      block.title ? h("figcaption", {}, block.title.text) : null,
      imageOf(block),
    ),
  rich_text: (block, place) =>
    h(
      "div",
      { class: "block rich" },
      block.elements.map((part) => richText(part, place)),
    ),
  table(block, place) {
    const shown = (cell) =>
      cell.type === "rich_text" ? cell.elements.map((part) => richText(part, place)) : lines(cell.text ?? "");
    const [head, ...body] = block.rows.map((row) => row.map(shown));
    return table(head, body);
  },
  task_card: (block, place) => task(block, place),
  plan: (block, place) =>
    h(
      "div",
      { class: "block plan" },
      h("strong", {}, block.title),
      (block.tasks ?? []).map((part) => task(part, place)),
    ),
  input: inputBlock,
};

function task(block, place) {
  const source = (given) => h("li", {}, link(given.url ?? "", given.text ?? given.url));
  const detail = (value) => {
    if (typeof value === "string") return markdown(value, place.people);
    return value?.elements ? value.elements.map((part) => richText(part, place)) : null;
  };
  const sources = (block.sources ?? []).map(source);
  return h(
    "div",
    { class: `block task ${block.status ?? "pending"}` },
    h("span", { class: "dot" }, block.status === "complete" ? icon("check") : null),
    h(
      "div",
      { class: "grow" },
      h("span", {}, block.title),
      h("div", { class: "detail" }, detail(block.details), detail(block.output)),
      sources.length ? h("ul", {}, sources) : null,
    ),
  );
}
