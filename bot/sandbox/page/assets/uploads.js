// Files on their way: attached to what one writes, or to a field of a modal.

import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { tell, upload } from "./store.js";
import { size } from "./times.js";
import { say } from "./words.js";

// A tray of files that wait to be sent. {node, files, add(files), clear()}
export function tray(changed = () => {}) {
  const node = h("ul", { class: "tray", "aria-label": say("attachedFiles"), hidden: true });
  const waiting = { node, files: [], add, clear: () => set([]) };

  function add(files) {
    // some file systems give an empty file for a folder: there is nothing to send
    set([...waiting.files, ...[...files].filter((file) => file.size > 0)]);
    if ([...files].some((file) => file.size === 0)) tell("toast", say("emptyFile"));
  }

  function set(files) {
    waiting.files = files;
    node.hidden = !files.length;
    node.replaceChildren(...files.map(entry));
    changed();
  }

  const entry = (file) =>
    h(
      "li",
      { class: "file" },
      h("span", { class: "file-mark" }, icon("file")),
      h("div", { class: "grow" }, h("b", {}, file.name), h("small", { class: "faint" }, size(file.size))),
      iconButton(say("take", file.name), icon("close"), () =>
        set(waiting.files.filter((one) => one !== file)),
      ),
    );
  return waiting;
}

// A button that opens the browser's own choice of files.
export function attachButton(add, kinds = []) {
  const accept = kinds.map((kind) => `.${kind}`).join(",");
  const input = h("input", { type: "file", multiple: true, hidden: true, accept: accept || null });
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  return [input, iconButton(say("attach"), icon("clip"), () => input.click(), { class: "attach" })];
}

// Pasted and dropped files are attached too.
export function takesFiles(node, add) {
  node.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
  node.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    node.classList.add("dropping");
  });
  node.addEventListener("dragleave", () => node.classList.remove("dropping"));
  node.addEventListener("drop", (event) => {
    node.classList.remove("dropping");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
}

// One message a file, the words with the first. Returns whether all went through.
export async function sendFiles(files, { channel, thread_ts = "", comment = "" }) {
  for (const [place, file] of files.entries()) {
    const answer = await upload(file, { channel, thread_ts, comment: place ? "" : comment });
    if (!answer.ok) return false;
  }
  return true;
}

// The field of a file_input: files go up at once, `changed` hears their ids.
export function chooseFiles({ id, most, kinds, given, changed }) {
  const accept = kinds.map((kind) => `.${kind}`).join(",");
  const shown = h("ul", { class: "tray" });
  let files = [...given];
  const show = () => {
    shown.hidden = !files.length;
    shown.replaceChildren(
      ...files.map((file) => h("li", { class: "file" }, icon("file"), h("b", {}, file.name ?? file))),
    );
  };
  const input = h("input", { type: "file", id, multiple: most > 1, accept: accept || null });
  input.addEventListener("change", async () => {
    const added = [...input.files].slice(0, most - files.length);
    for (const file of added) {
      const answer = await upload(file, { keep: "1" });
      if (answer.ok) files = [...files, { id: answer.file, name: file.name }];
    }
    input.value = "";
    show();
    changed(files.map((file) => file.id ?? file));
  });
  show();
  return h("div", { class: "file-field" }, input, shown);
}
