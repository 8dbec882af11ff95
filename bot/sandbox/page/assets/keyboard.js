// Keys that work everywhere on the page.

import { openDialog } from "./dialogs.js";
import { $, h } from "./dom.js";
import { isFaultsOpen, toggleFaults } from "./faults.js";
import { jump } from "./jump.js";
import { closeDrawer, isDrawerOpen, openChannel, openThread } from "./navigate.js";
import { channelsInOrder } from "./sidebar.js";
import { state } from "./store.js";
import { say } from "./words.js";

const isMac = () => /Mac|iPhone|iPad/.test(navigator.platform);

const KEYS = [
  ["Enter", "keySend"],
  ["Shift Enter", "keyNewLine"],
  ["↑", "keyEditLast"],
  ["@ # /", "keyComplete"],
  ["Mod K", "keyJump"],
  ["Alt ↑ ↓", "keySwitch"],
  ["Esc", "keyClose"],
  ["?", "keyKeys"],
];

export function showKeys() {
  const key = (name) => h("kbd", {}, name === "Mod" ? (isMac() ? "⌘" : "Ctrl") : name);
  const row = ([keys, words]) => [h("dt", {}, keys.split(" ").map(key)), h("dd", {}, say(words))];
  openDialog({ title: say("keys"), content: h("dl", { class: "keys" }, KEYS.map(row)) });
}

function switchChannel(by) {
  const all = channelsInOrder();
  const at = all.findIndex((channel) => channel.id === state.channel);
  openChannel(all[(at + by + all.length) % all.length].id);
}

// What is on top closes first. Dialogs and menus close themselves.
function escape() {
  if (isDrawerOpen()) leaveDrawer();
  else if (isFaultsOpen()) toggleFaults();
  else if (state.thread) openThread(null);
}

function leaveDrawer() {
  closeDrawer();
  $("main").querySelector("header .menu")?.focus();
}

export function startKeyboard() {
  // who goes on with Tab has left it
  $("sidebar").addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget?.closest("#main, #thread")) closeDrawer();
  });
  document.addEventListener("pointerdown", (event) => {
    if (isDrawerOpen() && !event.target.closest("#sidebar, .menu-list, dialog")) leaveDrawer();
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    const isWriting = event.target.closest?.("input, textarea, select");
    const isDialogOpen = document.querySelector("dialog[open]");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") jump();
    else if (isDialogOpen) return;
    else if (event.altKey && event.key === "ArrowDown") switchChannel(1);
    else if (event.altKey && event.key === "ArrowUp") switchChannel(-1);
    else if (event.key === "?" && !isWriting) showKeys();
    else if (event.key === "Escape") return escape();
    else return;
    event.preventDefault();
  });
  $("skip").addEventListener("click", (event) => {
    event.preventDefault();
    ($("main").querySelector(".composer textarea") ?? $("main")).focus();
  });
}
