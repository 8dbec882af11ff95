// What stands in place of something this page cannot show: said, never left out silently.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { say } from "./words.js";

export const cannotDraw = (type) => h("p", { class: "notice" }, icon("alert"), say("cannotDraw", type));

export const refusedImage = (image) =>
  h(
    "p",
    { class: "notice", title: image.image_url ?? "" },
    icon("image"),
    say("image", image.alt_text ?? ""),
  );
