// Slack's two languages of text, into DOM nodes: mrkdwn (messages) and Markdown (markdown blocks, streams).

import { h } from "./dom.js";

const EMOJI = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", eyes: "👀", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌",
  warning: "⚠️", mag: "🔍", mag_right: "🔎", books: "📚", book: "📖", bulb: "💡", tada: "🎉", heart: "❤️", smile: "😄", wave: "👋",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", page_facing_up: "📄", link: "🔗", information_source: "ℹ️", question: "❓",
  thinking_face: "🤔", pray: "🙏", rocket: "🚀", memo: "📝", lock: "🔒", arrows_counterclockwise: "🔄", globe_with_meridians: "🌐",
  file_folder: "📁", open_file_folder: "📂", no_entry: "⛔", large_green_circle: "🟢", red_circle: "🔴", robot_face: "🤖", gear: "⚙️",
};

export const emoji = (name) => EMOJI[name] ?? `:${name}:`;
export const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function link(url, label) {
  // anything but these could run or reveal something: it stays text
  if (!/^(https?:|mailto:)/i.test(url)) return label ? `${label} (${url})` : url;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label || url);
}

export function mention(people, id) {
  const person = people.users.get(id);
  const mine = id === people.me ? " mine" : "";
  return h("span", { class: "mention" + mine }, `@${person ? person.profile.display_name : id}`);
}

export function channelLink(people, id, name) {
  return h("span", { class: "mention" }, `#${people.channels.get(id)?.name ?? name ?? id}`);
}

function control(people, inside) {
  const [target, label] = inside.split("|", 2).map(unescape);
  if (target.startsWith("@")) return mention(people, target.slice(1));
  if (target.startsWith("#")) return channelLink(people, target.slice(1), label);
  if (target.startsWith("!")) return h("span", { class: "mention broad" }, label || `@${target.slice(1).split("^")[0]}`);
  return link(target, label);
}

function lines(text) {
  return text.split("\n").flatMap((line, place) => (place ? [h("br"), line] : [line]));
}

// --- mrkdwn ---------------------------------------------------------------------------------------------------

// A mark needs a boundary on its outside: *강조*는 stays as it is, at Slack too.
const MRKDWN = new RegExp(
  [
    "<(?<control>[^<>\\n]+)>", "`(?<code>[^`\\n]+)`",
    "(?<![\\p{L}\\p{N}*])\\*(?<bold>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*(?![\\p{L}\\p{N}*])",
    "(?<![\\p{L}\\p{N}_])_(?<italic>[^\\s_](?:[^_\\n]*[^\\s_])?)_(?![\\p{L}\\p{N}_])",
    "(?<![\\p{L}\\p{N}~])~(?<strike>[^\\s~](?:[^~\\n]*[^\\s~])?)~(?![\\p{L}\\p{N}~])",
    ":(?<emoji>[a-z+-][a-z0-9_+-]*):",
  ].join("|"),
  "gu",
);

function mrkdwnInline(text, people) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(MRKDWN)) {
    nodes.push(...lines(unescape(text.slice(end, found.index))));
    end = found.index + found[0].length;
    const part = found.groups;
    if (part.control) nodes.push(control(people, part.control));
    else if (part.code) nodes.push(h("code", {}, unescape(part.code)));
    else if (part.bold) nodes.push(h("strong", {}, mrkdwnInline(part.bold, people)));
    else if (part.italic) nodes.push(h("em", {}, mrkdwnInline(part.italic, people)));
    else if (part.strike) nodes.push(h("s", {}, mrkdwnInline(part.strike, people)));
    else nodes.push(emoji(part.emoji));
  }
  return [...nodes, ...lines(unescape(text.slice(end)))];
}

export function mrkdwn(text, people) {
  const nodes = [];
  text.split(/```\n?([\s\S]*?)\n?```/).forEach((piece, place) => {
    if (place % 2) return nodes.push(h("pre", {}, unescape(piece)));
    let plain = [], quoted = [];
    const closePlain = () => { if (plain.join("").trim()) nodes.push(h("p", {}, mrkdwnInline(plain.join("\n"), people))); plain = []; };
    const closeQuote = () => { if (quoted.length) nodes.push(h("blockquote", {}, mrkdwnInline(quoted.join("\n"), people))); quoted = []; };
    for (const line of piece.replace(/^\n|\n$/g, "").split("\n")) {
      const quote = line.match(/^(?:&gt;|>)\s?(.*)$/);
      if (quote) { closePlain(); quoted.push(quote[1]); } else { closeQuote(); plain.push(line); }
    }
    closePlain();
    closeQuote();
  });
  return nodes;
}

// --- Markdown -------------------------------------------------------------------------------------------------

const isSpace = (c) => c === undefined || c === "" || /\s/u.test(c);
const isPunctuation = (c) => c !== undefined && /[\p{P}\p{S}]/u.test(c);

// CommonMark's rule for emphasis, with what it means for Korean: **마크다운(Markdown)**의 is not bold.
function canOpen(text, start, length) {
  const before = text[start - 1], after = text[start + length];
  return !isSpace(after) && (!isPunctuation(after) || isSpace(before) || isPunctuation(before));
}
function canClose(text, start, length) {
  const before = text[start - 1], after = text[start + length];
  return !isSpace(before) && (!isPunctuation(before) || isSpace(after) || isPunctuation(after));
}

function emphasis(text, at) {
  for (const [mark, tag] of [["**", "strong"], ["__", "strong"], ["~~", "s"], ["*", "em"], ["_", "em"]]) {
    if (!text.startsWith(mark, at) || !canOpen(text, at, mark.length)) continue;
    if (mark[0] === "_" && /[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) continue;
    let close = at + mark.length;
    while ((close = text.indexOf(mark, close + 1)) > 0) {
      const isInner = mark.length === 1 && (text[close + 1] === mark || text[close - 1] === mark);
      if (!isInner && canClose(text, close, mark.length)) return { tag, mark, close };
    }
  }
  return null;
}

export function markdownInline(text, people) {
  const nodes = [];
  let plain = "";
  const flush = () => { if (plain) nodes.push(...lines(plain)); plain = ""; };
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    let found;
    if ((found = rest.match(/^\\([\\`*_{}[\]()#+\-.!~>|<])/))) { plain += found[1]; at += 2; continue; }
    if ((found = rest.match(/^(`+)([\s\S]*?[^`])\1(?!`)/))) { flush(); nodes.push(h("code", {}, found[2])); at += found[0].length; continue; }
    if ((found = rest.match(/^!\[([^\]]*)\]\(([^()\s]+)\)/))) { flush(); nodes.push(h("span", { class: "refused" }, `▢ ${found[1] || found[2]}`)); at += found[0].length; continue; }
    if ((found = rest.match(/^\[((?:[^[\]]|\[[^\]]*\])+)\]\(<?((?:[^()\s]|\([^()\s]*\))+?)>?(?:\s+"[^"]*")?\)/))) {
      flush(); nodes.push(link(found[2], found[1])); at += found[0].length; continue;
    }
    if ((found = rest.match(/^<([@#!][^<>\s]+|https?:[^<>\s]+)>/))) { flush(); nodes.push(control(people, found[1])); at += found[0].length; continue; }
    if ((found = rest.match(/^https?:\/\/[^\s<>()]*[^\s<>().,;:!?'"*_~]/)) && !/[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) {
      flush(); nodes.push(link(found[0])); at += found[0].length; continue;
    }
    if ((found = rest.match(/^:([a-z+-][a-z0-9_+-]*):/)) && EMOJI[found[1]]) { plain += EMOJI[found[1]]; at += found[0].length; continue; }
    const marked = emphasis(text, at);
    if (marked) {
      flush();
      nodes.push(h(marked.tag, {}, markdownInline(text.slice(at + marked.mark.length, marked.close), people)));
      at = marked.close + marked.mark.length;
      continue;
    }
    plain += text[at++];
  }
  flush();
  return nodes;
}

const FENCE = /^ {0,3}(```+|~~~+)\s*(\S*)/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const ROW = /^\s*\|?(.+?)\|?\s*$/;
const RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const cells = (line) => line.match(ROW)[1].split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));

export function markdown(source, people) {
  const rows = source.replaceAll("\r", "").split("\n");
  const nodes = [];
  let at = 0;
  while (at < rows.length) {
    const line = rows[at];
    let found;
    if (!line.trim()) { at++; continue; }
    if ((found = line.match(FENCE))) {
      const body = [];
      for (at++; at < rows.length && !rows[at].trim().startsWith(found[1]); at++) body.push(rows[at]);
      at++;
      nodes.push(h("pre", {}, body.join("\n")));
    } else if ((found = line.match(/^ {0,3}(#{1,6})\s+(.*?)\s*#*$/))) {
      nodes.push(h(`h${Math.min(6, found[1].length + 2)}`, { class: `level${found[1].length}` }, markdownInline(found[2], people)));
      at++;
    } else if (/^ {0,3}([-*_])(\s*\1){2,}\s*$/.test(line)) {
      nodes.push(h("hr"));
      at++;
    } else if (/^ {0,3}>/.test(line)) {
      const body = [];
      for (; at < rows.length && /^ {0,3}>/.test(rows[at]); at++) body.push(rows[at].replace(/^ {0,3}>\s?/, ""));
      nodes.push(h("blockquote", {}, markdown(body.join("\n"), people)));
    } else if (line.includes("|") && RULE.test(rows[at + 1] ?? "") && rows[at + 1].includes("-")) {
      const head = cells(line);
      const body = [];
      for (at += 2; at < rows.length && rows[at].includes("|"); at++) body.push(cells(rows[at]));
      nodes.push(table(head.map((cell) => markdownInline(cell, people)), body.map((row) => row.map((cell) => markdownInline(cell, people)))));
    } else if (ITEM.test(line)) {
      const body = [];
      for (; at < rows.length && (ITEM.test(rows[at]) || /^\s+\S/.test(rows[at]) || (!rows[at].trim() && ITEM.test(rows[at + 1] ?? ""))); at++) body.push(rows[at]);
      nodes.push(list(body, people));
    } else {
      const body = [];
      const ends = (row) => !row.trim() || FENCE.test(row) || ITEM.test(row) || /^ {0,3}(#{1,6}\s|>)/.test(row);
      do body.push(rows[at++]); while (at < rows.length && !ends(rows[at]));
      nodes.push(h("p", {}, markdownInline(body.join("\n"), people)));
    }
  }
  return nodes;
}

function list(rows, people) {
  const [, indent, mark] = rows[0].match(ITEM);
  const isNumbered = /\d/.test(mark);
  const node = h(isNumbered ? "ol" : "ul", isNumbered ? { start: String(parseInt(mark, 10)) } : {});
  let item = [];
  const close = () => {
    if (!item.length) return;
    const nested = item.findIndex((row, place) => place && ITEM.test(row));
    const own = (nested > 0 ? item.slice(0, nested) : item).map((row) => row.trim()).join("\n").trim();
    node.append(h("li", {}, markdownInline(own, people), nested > 0 ? list(item.slice(nested), people) : null));
    item = [];
  };
  for (const row of rows) {
    const found = row.match(ITEM);
    if (found && found[1].length <= indent.length) { close(); item = [found[3]]; } else if (row.trim()) item.push(row);
  }
  close();
  return node;
}

export function table(head, body) {
  const width = Math.max(head?.length ?? 0, ...body.map((row) => row.length));
  const row = (tag, given) => h("tr", {}, Array.from({ length: width }, (_, place) => h(tag, {}, given[place] ?? "")));
  return h("div", { class: "table" }, h("table", {}, head ? h("thead", {}, row("th", head)) : null, h("tbody", {}, body.map((given) => row("td", given)))));
}
