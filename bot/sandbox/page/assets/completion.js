// What can follow @ # : and / in the box one writes in.

import { icon } from "./icons.js";
import { avatar, badge, badgeOf, personOf, shortName } from "./people.js";
import { fits } from "./picker.js";
import { act, state } from "./store.js";
import { say } from "./words.js";

// {start, items} for what stands before the cursor; null if nothing can follow.
export function completionOf(before, { isThread, channel }) {
  const found =
    before.match(/(^|[\s(])([@#])([^\s@#]*)$/) ?? (isThread ? null : before.match(/^()(\/)(\S*)$/));
  if (!found) return null;
  const [, , mark, typed] = found;
  const items = { "@": mentions, "#": channels, "/": commands }[mark](typed, channel);
  return { start: before.length - typed.length - 1, items };
}

function mentions(typed, channel) {
  const isHere = (user) => (channel.members ?? []).includes(user.id);
  const people = [...state.people.users.values()]
    .filter((user) => user.id !== state.me && fits(typed, user.name, user.real_name))
    .sort((a, b) => (b.id === state.bot) - (a.id === state.bot) || isHere(b) - isHere(a))
    .map((user) => ({
      insert: `@${user.name}`,
      title: shortName(user),
      note: [user.is_bot ? "" : user.real_name, isHere(user) ? "" : say("notHere")]
        .filter(Boolean)
        .join(" · "),
      before: avatar(personOf(user.id), "tiny"),
      badge: badge(badgeOf(user)),
    }));
  const everyone = ["channel", "here"]
    .filter((name) => typed && name.startsWith(typed) && channel.kind !== "im")
    .map((name) => ({
      insert: `@${name}`,
      title: `@${name}`,
      note: say("notifiesAll"),
      before: icon("group"),
    }));
  return [...people, ...everyone];
}

function channels(typed) {
  return [...state.people.channels.values()]
    .filter(
      (channel) => (channel.kind === "public" || channel.kind === "private") && fits(typed, channel.name),
    )
    .map((channel) => ({
      insert: `#${channel.name}`,
      title: channel.name,
      note: channel.topic?.value,
      before: channel.kind === "private" ? icon("lock") : "#",
    }));
}

function commands(typed) {
  const slash = state.commands
    .filter((command) => command.name.startsWith(`/${typed}`))
    .map((command) => ({
      insert: command.name,
      title: command.name,
      note: [command.usage_hint, command.description].filter(Boolean).join(" — "),
      before: icon("bolt"),
    }));
  const shortcuts = globalShortcuts()
    .filter((shortcut) => fits(typed, shortcut.name))
    .map((shortcut) => ({
      title: shortcut.name,
      note: shortcut.description,
      before: icon("bolt"),
      do: shortcut.run,
    }));
  return [...slash, ...shortcuts];
}

export function globalShortcuts() {
  return state.app.shortcuts
    .filter((shortcut) => shortcut.kind === "global")
    .map((shortcut) => ({ ...shortcut, run: () => act("shortcut", { callback_id: shortcut.callback_id }) }));
}
