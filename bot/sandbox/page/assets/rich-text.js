// rich_text blocks.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { broadcast, channelLink, groupMention, lines, link, mention } from "./text.js";
import { cannotDraw } from "./notices.js";
import { inFormat } from "./times.js";

export function richText(part, place) {
  const inside = () => part.elements.map((leaf) => richLeaf(leaf, place));
  switch (part.type) {
    case "rich_text_section":
      return h("p", {}, inside());
    case "rich_text_quote":
      return h("blockquote", {}, inside());
    case "rich_text_preformatted":
      return h("pre", {}, inside());
    case "rich_text_list": {
      const item = (given) =>
        h(
          "li",
          {},
          given.elements.map((leaf) => richLeaf(leaf, place)),
        );
      const tag = part.style === "ordered" ? "ol" : "ul";
      return h(tag, { class: `indent${part.indent ?? 0}` }, part.elements.map(item));
    }
    default:
      return cannotDraw(part.type);
  }
}

const LEAVES = {
  text: (leaf) => h("span", {}, lines(leaf.text)),
  link: (leaf) => link(leaf.url, leaf.text),
  user: (leaf, people) => mention(people, leaf.user_id),
  usergroup: (leaf, people) => groupMention(people, leaf.usergroup_id),
  channel: (leaf, people) => channelLink(people, leaf.channel_id),
  emoji: (leaf) => h("span", {}, emoji(leaf.name)),
  broadcast: (leaf) => broadcast(`@${leaf.range}`),
  date: (leaf) => h("time", {}, leaf.format ? inFormat(leaf.format, leaf.timestamp) : leaf.fallback),
  color: (leaf) => h("code", {}, leaf.value),
};
const STYLES = [
  ["code", "code"],
  ["strike", "s"],
  ["italic", "em"],
  ["bold", "strong"],
  ["underline", "u"],
];

function richLeaf(leaf, { people }) {
  if (!LEAVES[leaf.type]) return cannotDraw(leaf.type);
  const node = LEAVES[leaf.type](leaf, people);
  return STYLES.reduce((inner, [style, tag]) => (leaf.style?.[style] ? h(tag, {}, inner) : inner), node);
}
