// Standard Markdown, as markdown blocks and streams carry it, into DOM nodes.

import { h } from "./dom.js";
import { emoji, known } from "./emoji.js";
import { control, lines, link } from "./text.js";

// --- within a line ----------------------------------------------------------------------------------------

const isSpace = (c) => c === undefined || c === "" || /\s/u.test(c);
const isPunctuation = (c) => c !== undefined && /[\p{P}\p{S}]/u.test(c);
const isWord = (c) => /[\p{L}\p{N}]/u.test(c ?? "");

// CommonMark's rule for emphasis, with what it means for Korean: **마크다운(Markdown)**의 is not bold.
function canOpen(text, start, length) {
  const [before, after] = [text[start - 1], text[start + length]];
  return !isSpace(after) && (!isPunctuation(after) || isSpace(before) || isPunctuation(before));
}
function canClose(text, start, length) {
  const [before, after] = [text[start - 1], text[start + length]];
  return !isSpace(before) && (!isPunctuation(before) || isSpace(after) || isPunctuation(after));
}

const MARKS = [
  ["**", "strong"],
  ["__", "strong"],
  ["~~", "s"],
  ["*", "em"],
  ["_", "em"],
];

function emphasis(text, at) {
  for (const [mark, tag] of MARKS) {
    if (!text.startsWith(mark, at) || !canOpen(text, at, mark.length)) continue;
    if (mark[0] === "_" && isWord(text[at - 1])) continue;
    let close = at + mark.length;
    while ((close = text.indexOf(mark, close + 1)) > 0) {
      const isInner = mark.length === 1 && (text[close + 1] === mark || text[close - 1] === mark);
      if (!isInner && canClose(text, close, mark.length)) return { tag, mark, close };
    }
  }
  return null;
}

// [pattern at the place one has come to, what it becomes, whether it may stand there]
const SPANS = [
  [/^\\([\\`*_{}[\]()#+\-.!~>|<])/, (found) => found[1]],
  [/^(`+)([\s\S]*?[^`])\1(?!`)/, (found) => h("code", {}, found[2])],
  [/^!\[([^\]]*)\]\(([^()\s]+)\)/, (found) => h("span", { class: "refused" }, `▢ ${found[1] || found[2]}`)],
  [
    /^\[((?:[^[\]]|\[[^\]]*\])+)\]\(<?((?:[^()\s]|\([^()\s]*\))+?)>?(?:\s+"[^"]*")?\)/,
    (found) => link(found[2], found[1]),
  ],
  [/^<([@#!][^<>\s]+|https?:[^<>\s]+)>/, (found, people) => control(people, found[1])],
  [/^https?:\/\/[^\s<>()]*[^\s<>().,;:!?'"*_~]/, (found) => link(found[0]), (before) => !isWord(before)],
  [/^:([a-z+-][a-z0-9_+-]*):/, (found) => (known(found[1]) ? emoji(found[1]) : found[0])],
];

export function markdownInline(text, people) {
  const nodes = [];
  let plain = "";
  const add = (node) => {
    if (typeof node === "string") {
      plain += node;
      return;
    }
    if (plain) nodes.push(...lines(plain));
    plain = "";
    nodes.push(node);
  };
  for (let at = 0; at < text.length;) {
    const [node, length] = spanAt(text, at, people) ?? [text[at], 1];
    add(node);
    at += length;
  }
  return plain ? [...nodes, ...lines(plain)] : nodes;
}

const MAY_START = /[\\`![<h:*_~]/;

function spanAt(text, at, people) {
  if (!MAY_START.test(text[at])) return null;
  const rest = text.slice(at);
  for (const [pattern, made, mayStand] of SPANS) {
    const found = rest.match(pattern);
    if (found && (!mayStand || mayStand(text[at - 1]))) return [made(found, people), found[0].length];
  }
  const found = emphasis(text, at);
  if (!found) return null;
  const inner = text.slice(at + found.mark.length, found.close);
  return [h(found.tag, {}, markdownInline(inner, people)), found.close + found.mark.length - at];
}

// --- line by line -----------------------------------------------------------------------------------------

const FENCE = /^ {0,3}(```+|~~~+)\s*(\S*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/;
const BREAK = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}>\s?/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const ROW = /^\s*\|?(.+?)\|?\s*$/;
const RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

const cells = (line) =>
  line
    .match(ROW)[1]
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));
const endsParagraph = (row) => !row.trim() || [FENCE, ITEM, HEADING, QUOTE].some((start) => start.test(row));

export function markdown(source, people) {
  const rows = source.replaceAll("\r", "").split("\n");
  const highest = Math.min(...rows.map((row) => row.match(HEADING)?.[1].length ?? 6));
  const nodes = [];
  let at = 0;
  const takeWhile = (belongs) => {
    const start = at;
    while (at < rows.length && belongs(rows[at])) at++;
    return rows.slice(start, at);
  };
  while (at < rows.length) {
    const line = rows[at];
    let found;
    if (!line.trim()) {
      at++;
    } else if ((found = line.match(FENCE))) {
      at++;
      nodes.push(h("pre", {}, takeWhile((row) => !row.trim().startsWith(found[1])).join("\n")));
      at++;
    } else if ((found = line.match(HEADING))) {
      nodes.push(heading(found[1].length, highest, markdownInline(found[2], people)));
      at++;
    } else if (BREAK.test(line)) {
      nodes.push(h("hr"));
      at++;
    } else if (QUOTE.test(line)) {
      const quoted = takeWhile((row) => QUOTE.test(row)).map((row) => row.replace(QUOTE, ""));
      nodes.push(h("blockquote", {}, markdown(quoted.join("\n"), people)));
    } else if (line.includes("|") && rows[at + 1]?.includes("-") && RULE.test(rows[at + 1])) {
      at += 2;
      const body = takeWhile((row) => row.includes("|")).map(cells);
      const shown = (row) => row.map((cell) => markdownInline(cell, people));
      nodes.push(table(shown(cells(line)), body.map(shown)));
    } else if (ITEM.test(line)) {
      const belongs = (row) =>
        ITEM.test(row) || /^\s+\S/.test(row) || (!row.trim() && ITEM.test(rows[at + 1] ?? ""));
      nodes.push(list(takeWhile(belongs), people));
    } else {
      at++;
      nodes.push(
        h("p", {}, markdownInline([line, ...takeWhile((row) => !endsParagraph(row))].join("\n"), people)),
      );
    }
  }
  return nodes;
}

// h1 belongs to the pane. Whatever level a text begins with, it comes right after that.
const heading = (level, highest, content) =>
  h(`h${Math.min(6, level - highest + 2)}`, { class: `level${level}` }, content);

function list(rows, people) {
  const [, indent, mark] = rows[0].match(ITEM);
  const isNumbered = /\d/.test(mark);
  const node = h(isNumbered ? "ol" : "ul", isNumbered ? { start: String(parseInt(mark, 10)) } : {});
  let item = [];
  const close = () => {
    if (!item.length) return;
    const nested = item.findIndex((row, place) => place && ITEM.test(row));
    const own = (nested > 0 ? item.slice(0, nested) : item)
      .map((row) => row.trim())
      .join("\n")
      .trim();
    node.append(
      h("li", {}, markdownInline(own, people), nested > 0 ? list(item.slice(nested), people) : null),
    );
    item = [];
  };
  for (const row of rows) {
    const found = row.match(ITEM);
    if (found && found[1].length <= indent.length) {
      close();
      item = [found[3]];
    } else if (row.trim()) {
      item.push(row);
    }
  }
  close();
  return node;
}

export function table(head, body) {
  const width = Math.max(head?.length ?? 0, ...body.map((row) => row.length));
  const row = (tag, given) =>
    h(
      "tr",
      {},
      Array.from({ length: width }, (_, place) => h(tag, {}, given[place] ?? "")),
    );
  const shown = h(
    "table",
    {},
    head ? h("thead", {}, row("th", head)) : null,
    h(
      "tbody",
      {},
      body.map((given) => row("td", given)),
    ),
  );
  // it may be wider than the pane: then the keyboard scrolls it
  return h("div", { class: "table", tabindex: "0" }, shown);
}
