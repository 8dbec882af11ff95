// Slack's own mark-up of messages, into DOM nodes.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { control, lines, unescape } from "./text.js";

// A mark needs a boundary on its outside: *강조*는 stays as it is, at Slack too.
const INLINE = new RegExp(
  [
    "<(?<control>[^<>\\n]+)>",
    "`(?<code>[^`\\n]+)`",
    "(?<![\\p{L}\\p{N}*])\\*(?<bold>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*(?![\\p{L}\\p{N}*])",
    "(?<![\\p{L}\\p{N}_])_(?<italic>[^\\s_](?:[^_\\n]*[^\\s_])?)_(?![\\p{L}\\p{N}_])",
    "(?<![\\p{L}\\p{N}~])~(?<strike>[^\\s~](?:[^~\\n]*[^\\s~])?)~(?![\\p{L}\\p{N}~])",
    ":(?<emoji>[a-z+-][a-z0-9_+-]*):",
  ].join("|"),
  "gu",
);
const TAGS = { bold: "strong", italic: "em", strike: "s" };

function inline(text, people) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(...lines(unescape(text.slice(end, found.index))));
    end = found.index + found[0].length;
    nodes.push(marked(found.groups, people));
  }
  return [...nodes, ...lines(unescape(text.slice(end)))];
}

function marked(part, people) {
  if (part.control) return control(people, part.control);
  if (part.code) return h("code", {}, unescape(part.code));
  const style = Object.keys(TAGS).find((name) => part[name]);
  return style ? h(TAGS[style], {}, inline(part[style], people)) : emoji(part.emoji);
}

export function mrkdwn(text, people) {
  return text
    .split(/```\n?([\s\S]*?)\n?```/)
    .flatMap((piece, place) => (place % 2 ? [h("pre", {}, unescape(piece))] : paragraphs(piece, people)));
}

function paragraphs(piece, people) {
  const nodes = [];
  let rows = [];
  let isQuote = false;
  const close = () => {
    if (rows.join("").trim())
      nodes.push(h(isQuote ? "blockquote" : "p", {}, inline(rows.join("\n"), people)));
    rows = [];
  };
  for (const line of piece.replace(/^\n|\n$/g, "").split("\n")) {
    const quote = line.match(/^(?:&gt;|>)\s?(.*)$/);
    if (Boolean(quote) !== isQuote) close();
    isQuote = Boolean(quote);
    rows.push(quote ? quote[1] : line);
  }
  close();
  return nodes;
}
