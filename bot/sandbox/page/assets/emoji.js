// Short codes such as :tada: as characters, and the ones bots send most as drawings.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const CHARACTERS = {
  "+1": "👍",
  thumbsup: "👍",
  "-1": "👎",
  thumbsdown: "👎",
  eyes: "👀",
  white_check_mark: "✅",
  heavy_check_mark: "✔️",
  x: "❌",
  warning: "⚠️",
  mag: "🔍",
  mag_right: "🔎",
  books: "📚",
  book: "📖",
  bulb: "💡",
  tada: "🎉",
  heart: "❤️",
  smile: "😄",
  slightly_smiling_face: "🙂",
  wave: "👋",
  hourglass: "⌛",
  hourglass_flowing_sand: "⏳",
  page_facing_up: "📄",
  link: "🔗",
  information_source: "ℹ️",
  question: "❓",
  thinking_face: "🤔",
  pray: "🙏",
  rocket: "🚀",
  memo: "📝",
  lock: "🔒",
  arrows_counterclockwise: "🔄",
  globe_with_meridians: "🌐",
  file_folder: "📁",
  open_file_folder: "📂",
  no_entry: "⛔",
  octagonal_sign: "🛑",
  large_green_circle: "🟢",
  red_circle: "🔴",
  robot_face: "🤖",
  gear: "⚙️",
  joy: "😂",
  clap: "👏",
  fire: "🔥",
  raised_hands: "🙌",
  sparkles: "✨",
  star: "⭐",
  bell: "🔔",
  calendar: "📅",
  pushpin: "📌",
  wrench: "🔧",
  exclamation: "❗",
  speech_balloon: "💬",
  bar_chart: "📊",
  clock3: "🕒",
  ok_hand: "👌",
  sob: "😭",
};

// character: [drawing, its colour]
const DRAWN = {
  "👍": ["up", "gold"],
  "👎": ["down", "gold"],
  "👀": ["eye", ""],
  "✅": ["check", "green"],
  "✔": ["check", ""],
  "❌": ["close", "red"],
  "⚠": ["alert", "gold"],
  "🔍": ["search", ""],
  "🔎": ["search", ""],
  ℹ: ["info", "blue"],
  "❓": ["question", "red"],
  "⌛": ["clock", ""],
  "⏳": ["clock", ""],
  "🔒": ["lock", "gold"],
  "🔄": ["repeat", "blue"],
  "🔗": ["link", "blue"],
  "📄": ["file", ""],
  "📖": ["book", ""],
  "📚": ["book", ""],
  "💡": ["bulb", "gold"],
  "❤": ["heart", "red"],
  "🌐": ["globe", "blue"],
  "⛔": ["no", "red"],
  "🛑": ["no", "red"],
  "🟢": ["dot", "green solid"],
  "🔴": ["dot", "red solid"],
  "⚙": ["gear", ""],
  "🙂": ["smile", "gold"],
  "😄": ["smile", "gold"],
  "🕒": ["clock", ""],
};
const ANY_DRAWN = new RegExp(`(?:${Object.keys(DRAWN).join("|")})\\uFE0F?`, "gu");

export const known = (name) => Object.hasOwn(CHARACTERS, name);
export const REACTIONS = [
  "+1",
  "white_check_mark",
  "eyes",
  "heart",
  "tada",
  "joy",
  "pray",
  "question",
  "x",
  "-1",
];

// What a short code shows: a drawing, the character if this machine can show it, else the code itself.
export function emoji(name) {
  const character = CHARACTERS[name];
  if (!character) return `:${name}:`;
  return drawn(character, name) ?? (fontShows(character) ? character : `:${name}:`);
}

// The same text with the characters that have a drawing replaced by it.
export function withDrawings(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(ANY_DRAWN)) {
    if (found.index > end) nodes.push(text.slice(end, found.index));
    nodes.push(drawn(found[0], found[0]));
    end = found.index + found[0].length;
  }
  if (end < text.length) nodes.push(text.slice(end));
  return nodes;
}

function drawn(character, label) {
  const drawing = DRAWN[character.replace("\uFE0F", "")];
  if (!drawing) return null;
  return h("span", { class: "emoji" }, icon(drawing[0], { label, tone: drawing[1] }));
}

const shows = new Map();

// A font that lacks a character draws the same box for it as for one that no font has.
function fontShows(character) {
  if (!shows.has(character)) shows.set(character, pixels(character) !== pixels("\u{10FFFD}"));
  return shows.get(character);
}

function pixels(character) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 24;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = "18px sans-serif";
  pen.fillText(character, 2, 18);
  return canvas.toDataURL();
}
