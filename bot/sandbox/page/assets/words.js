// Every word the page itself says: in the language of the person one acts as, unless another was chosen.

import { remember, remembered } from "./memory.js";
import en from "./words-en.js";
import ko from "./words-ko.js";

const WORDS = { en, ko };
let language = "en";

export const chosenLanguage = () => remembered("language") ?? "";
export const chooseLanguage = (name) => remember("language", name);

export function speak(localeOfPerson) {
  language = chosenLanguage() || (localeOfPerson?.startsWith("ko") ? "ko" : "en");
  document.documentElement.lang = language;
}

export function say(name, ...given) {
  const word = WORDS[language][name];
  return typeof word === "function" ? word(...given) : word;
}

// Of {en, ko}, the one in the language spoken now.
export const inLanguage = (texts) => texts?.[language] ?? texts?.en ?? "";

export const locale = () => (language === "ko" ? "ko-KR" : "en-US");

// What to tell a person when something was refused: Slack's own name only where there is nothing better.
export function refusal(error) {
  return WORDS[language].errors[error] ?? say("failed", error);
}
