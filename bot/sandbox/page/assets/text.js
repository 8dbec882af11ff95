// What both of Slack's languages of text have in common: links, mentions, line breaks.

import { h } from "./dom.js";
import { withDrawings } from "./emoji.js";
import { shortName } from "./people.js";

export const unescape = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function link(url, label) {
  // anything but these could run or reveal something: it stays text
  if (!/^(https?:|mailto:)/i.test(url)) return label ? `${label} (${url})` : url;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label || url);
}

export function mention(people, id) {
  const person = people.users.get(id);
  const mine = id === people.me ? " mine" : "";
  return h("span", { class: "mention" + mine }, `@${person ? shortName(person) : id}`);
}

export function channelLink(people, id, name) {
  const shown = people.channels.get(id)?.name ?? name;
  return h("span", { class: "mention" }, shown ? `#${shown}` : "#🔒");
}

// What stands between < and >: a mention, a channel, a broadcast or a link.
export function control(people, inside) {
  const [target, label] = inside.split("|", 2).map(unescape);
  if (target.startsWith("@")) return mention(people, target.slice(1));
  if (target.startsWith("#")) return channelLink(people, target.slice(1), label);
  if (target.startsWith("!subteam^")) return groupMention(people, target.slice("!subteam^".length), label);
  if (target.startsWith("!")) return broadcast(label || `@${target.slice(1).split("^")[0]}`);
  return link(target, label);
}

export const groupMention = (people, id, label) =>
  broadcast(label || `@${people.groups.get(id)?.handle ?? id}`);

export const broadcast = (shown) => h("span", { class: "mention broad" }, shown);

export const lines = (text) =>
  text.split("\n").flatMap((line, place) => [...(place ? [h("br")] : []), ...withDrawings(line)]);
