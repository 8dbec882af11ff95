// Files of a message: shown with name and size, to be opened or saved; images as images.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { refusedImage } from "./notices.js";
import { state } from "./store.js";
import { size } from "./times.js";
import { say } from "./words.js";

const DRAWABLE = /^image\/(png|jpeg|gif|webp)$/;

const addressOf = (id, query = {}) =>
  `/page/files/${id}?${new URLSearchParams({ user: state.me, ...query })}`;

export function fileCard(file) {
  if (file.mode === "tombstone") return h("p", { class: "notice" }, icon("trash"), say("fileDeleted"));
  const save = h(
    "a",
    {
      class: "icon-only",
      href: addressOf(file.id, { save: "1" }),
      download: file.name,
      title: say("download"),
    },
    icon("download", { label: say("downloadFile", file.name) }),
  );
  const facts = `${file.pretty_type || file.filetype} · ${size(file.size)}`;
  const card = h(
    "div",
    { class: "file" },
    h("span", { class: "file-mark" }, icon("file")),
    h("div", { class: "grow" }, h("b", {}, file.title || file.name), h("small", { class: "faint" }, facts)),
    save,
  );
  if (!DRAWABLE.test(file.mimetype)) return card;
  const address = addressOf(file.id);
  const shown = h(
    "a",
    { href: address, target: "_blank", rel: "noopener" },
    picture(address, file.title || file.name),
  );
  return h("div", { class: "shown-file" }, card, shown);
}

// The image of a block: a file of this workspace is shown; from elsewhere nothing is fetched.
export function imageOf(part) {
  const id = part.slack_file?.id ?? part.slack_file?.url?.match(/-(F[A-Z0-9]+)/)?.[1];
  return id ? picture(addressOf(id), part.alt_text ?? "") : refusedImage(part);
}

const picture = (address, label) => h("img", { class: "picture", src: address, alt: label, loading: "lazy" });
