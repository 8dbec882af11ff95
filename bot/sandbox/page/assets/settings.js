// Theme, language and the list of keys.

import { icon } from "./icons.js";
import { showKeys } from "./keyboard.js";
import { openMenu } from "./menu.js";
import { tell } from "./store.js";
import { chooseTheme, theme, THEMES } from "./theme.js";
import { chooseLanguage, chosenLanguage, say } from "./words.js";

const LANGUAGES = { "": "languageOfPerson", en: "english", ko: "korean" };

export function openSettings(button) {
  const marked = (isChosen) => icon("check", { tone: isChosen ? "" : "unseen" });
  const themes = THEMES.map((name) => ({
    title: say(`theme-${name}`),
    before: marked(theme() === name),
    do: () => chooseTheme(name),
  }));
  const languages = Object.entries(LANGUAGES).map(([name, words]) => ({
    title: say(words),
    before: marked(chosenLanguage() === name),
    do() {
      chooseLanguage(name);
      tell("language");
    },
  }));
  const keys = { title: say("keys"), note: "?", before: icon("info"), do: showKeys };
  openMenu(button, say("settings"), [...themes, null, ...languages, null, keys]);
}
