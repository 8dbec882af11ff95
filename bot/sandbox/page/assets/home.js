// The app's Home tab.

import { renderBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { act, state } from "./store.js";
import { say } from "./words.js";

export function homeOf(view) {
  if (!view) return h("div", { class: "home" }, h("p", { class: "faint" }, say("noHome")));
  if (!state.chosen.has(view.id)) state.chosen.set(view.id, new Map());
  const place = {
    people: state.people,
    filled: state.chosen.get(view.id),
    chosenOptions: new Map(),
    act: (used) => act("click", { view_id: view.id, ...used }),
    suggest: async (action_id, typed) =>
      (await act("suggest", { view_id: view.id, action_id, typed })).options,
  };
  return h(
    "div",
    { class: "home", tabindex: "0", role: "region", "aria-label": say("homeTab") },
    renderBlocks(view.blocks, place),
  );
}
