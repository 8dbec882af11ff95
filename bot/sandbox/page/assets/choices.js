// A list to choose from while the focus stays in a text field: completion, pickers, "jump to".

import { h, newId } from "./dom.js";
import { placeBeside } from "./placement.js";

// `field` keeps the focus; `choose(item)` is called with what was chosen. An item is {title, note, before}.
export class Choices {
  // `floatsBy`: the node below which the list floats; without it, style sheets say where it stands.
  constructor(field, label, choose, { floatsBy = null } = {}) {
    this.field = field;
    this.floatsBy = floatsBy;
    this.choose = choose;
    this.items = [];
    this.at = 0;
    this.node = h("ul", { class: "choices-list", role: "listbox", id: newId("choices"), hidden: true });
    this.node.setAttribute("aria-label", label);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.node.id);
    // ARIA lets a textarea be nothing but a text box
    this.isCombobox = field.localName === "input";
    if (this.isCombobox) field.setAttribute("role", "combobox");
    if (this.isCombobox) field.setAttribute("aria-expanded", "false");
  }

  get isOpen() {
    return !this.node.hidden;
  }

  get current() {
    return this.items[this.at];
  }

  show(items) {
    this.items = items;
    this.at = 0;
    this.node.hidden = !items.length;
    if (this.isCombobox) this.field.setAttribute("aria-expanded", String(this.isOpen));
    this.node.replaceChildren(...items.map((item, place) => this.option(item, place)));
    this.mark(0);
    if (this.floatsBy) this.float();
  }

  // It stays beside its field while what both stand in is scrolled.
  float() {
    this.place ??= () => placeBeside(this.node, this.floatsBy, { isAsWide: true });
    document.removeEventListener("scroll", this.place, true);
    if (!this.isOpen) return;
    document.addEventListener("scroll", this.place, true);
    this.place();
  }

  close() {
    this.show([]);
  }

  option(item, place) {
    const take = (event) => {
      event.preventDefault(); // the field keeps the focus
      this.take(place);
    };
    return h(
      "li",
      { role: "option", id: `${this.node.id}-${place}`, onmousedown: take },
      item.before ?? null,
      h("b", {}, item.title),
      item.note ? h("span", { class: "faint small" }, item.note) : null,
      item.badge ?? null,
    );
  }

  take(place) {
    const item = this.items[place];
    this.close();
    this.choose(item);
  }

  mark(place) {
    this.at = place;
    [...this.node.children].forEach((node, each) =>
      node.setAttribute("aria-selected", String(each === place)),
    );
    const marked = this.node.children[place];
    if (marked) this.field.setAttribute("aria-activedescendant", marked.id);
    else this.field.removeAttribute("aria-activedescendant");
    if (marked) this.scrollTo(marked);
  }

  // Only the list is scrolled: scrollIntoView would move the page as well.
  scrollTo(option) {
    const { node } = this;
    const [top, bottom] = [option.offsetTop, option.offsetTop + option.offsetHeight];
    if (top < node.scrollTop) node.scrollTop = top;
    else if (bottom > node.scrollTop + node.clientHeight) node.scrollTop = bottom - node.clientHeight;
  }

  // True if the key was for the list.
  takesKey(event, { choosesByEnter = true } = {}) {
    if (!this.isOpen) return false;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      this.mark((this.at + moves[event.key] + this.items.length) % this.items.length);
    } else if (event.key === "Tab" || (event.key === "Enter" && choosesByEnter)) {
      this.take(this.at);
    } else if (event.key === "Escape") {
      this.close();
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
