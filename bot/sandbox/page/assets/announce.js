// What a screen reader hears without being there: one short line at a time.

import { $ } from "./dom.js";

export function announce(line) {
  $("announcer").textContent = line;
}
