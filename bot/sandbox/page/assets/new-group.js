// A direct message with several people at once.

import { openDialog } from "./dialogs.js";
import { h, newId } from "./dom.js";
import { openChannel } from "./navigate.js";
import { asPerson, fits, picker } from "./picker.js";
import { act, on, state } from "./store.js";
import { say } from "./words.js";

const MOST = 8;

export function newGroup() {
  const everybody = [...state.people.users.values()].filter((user) => user.id !== state.me).map(asPerson);
  const id = newId("people");
  let chosen = [];
  const field = picker({
    id,
    isSeveral: true,
    most: MOST,
    find: (typed) => everybody.filter((one) => fits(typed, one.title, one.note)),
    changed(items) {
      chosen = items;
      start.disabled = chosen.length < 1;
    },
  });
  const start = h(
    "button",
    { class: "button primary", type: "button", disabled: true, onclick: open },
    say("startGroup"),
  );
  const cancel = h(
    "button",
    { class: "button", type: "button", onclick: () => dialog.close() },
    say("cancel"),
  );
  const label = h("label", { class: "label", for: id }, say("whoWith"));
  const hint = h("small", { class: "hint" }, say("groupHint", MOST));
  const content = h("div", { class: "input" }, label, field, hint);
  const dialog = openDialog({ title: say("newGroup"), content, buttons: [cancel, start] });
  document.getElementById(id).focus();

  async function open() {
    const answer = await act("open_group", { users: chosen.map((one) => one.value) });
    if (!answer.ok) return;
    dialog.close();
    openWhenKnown(answer.channel);
  }
}

let wanted = null;

function openWhenKnown(channel) {
  if (state.people.channels.has(channel)) openChannel(channel);
  else wanted = channel;
}

export function startNewGroup() {
  on("everything", () => {
    if (!wanted || !state.people.channels.has(wanted)) return;
    const channel = wanted;
    wanted = null;
    openChannel(channel);
  });
}
