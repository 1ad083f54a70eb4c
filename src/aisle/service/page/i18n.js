// Every text of the page, in the reader's language.

export const LANGUAGES = { en: "English", fr: "Français" };

let [language, texts, plural] = ["en", {}, null];

export const lang = () => language;

/** How the reader writes times and numbers: of the languages asked for, the one that is shown, with its country. */
export const locale = () => navigator.languages.find((each) => each.startsWith(language)) ?? language;

function preferred() {
  const wished = [localStorage.getItem("language"), ...navigator.languages].map((each) => each?.slice(0, 2));
  return wished.find((each) => each in LANGUAGES) ?? "en";
}

export async function speak(wanted = preferred()) {
  const answer = await fetch(`${wanted}.json`);
  [language, texts, plural] = [wanted, await answer.json(), new Intl.PluralRules(wanted)];
  document.documentElement.lang = wanted;
  for (const each of document.querySelectorAll("[data-t]")) each.textContent = t(each.dataset.t);
  for (const each of document.querySelectorAll("[data-t-label]")) each.setAttribute("aria-label", t(each.dataset.tLabel));
}

/** The text for `key` if there is one: for names that a model brings along. */
export const told = (key) => texts[key];

/** The text for `key` with `{name}` filled in; a text that counts has a form for each kind of `n`. */
export function t(key, values = {}) {
  const text = texts[key] ?? texts[`${key}.${plural?.select(values.n)}`] ?? texts[`${key}.other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? values[name].toLocaleString(locale()) : values[name]));
}
