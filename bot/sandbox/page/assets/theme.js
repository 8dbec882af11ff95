// Light, dark, or as the system has it. All colours are light-dark() pairs, so one property decides.

import { remember, remembered } from "./memory.js";

export const THEMES = ["system", "light", "dark"];

export const theme = () => remembered("theme") ?? "system";

export function showTheme() {
  document.documentElement.dataset.theme = theme();
}

export function chooseTheme(name) {
  remember("theme", name);
  showTheme();
}
