/** What the page says, in the reader's language: static/locales/, a file for each, by the server's `lang`. */

const LANGUAGE = document.documentElement.lang;

/** The languages that there are, each in its own words. */
export const LANGUAGES = { en: "English", de: "Deutsch", es: "español", zh: "中文" };

let strings = {};
try {
  strings = await (await fetch(`/static/locales/${LANGUAGE}.json`)).json();
} catch (error) {
  const line = document.getElementById("problem"); // nothing else can be said without the strings
  line.textContent = line.dataset.lost;
  line.hidden = false;
  throw error;
}

const plurals = new Intl.PluralRules(LANGUAGE);

/**
 * The string of a key, `values` in its {places}; of a plural the form for `count`.
 * @param {string} key
 * @param {Record<string, string|number>} [values] numbers are written as the language does
 */
export function t(key, values = {}) {
  const found = strings[key] ?? key;
  const text = typeof found === "string" ? found : (found[plurals.select(values.count)] ?? found.other);
  return text.replace(/\{(\w+)\}/g, (whole, name) => written(values[name] ?? whole));
}

/** Names as a list: "bo, mia and Kai". */
export const list = (names) => new Intl.ListFormat(LANGUAGE).format(names);

/** A moment, by the options of Intl.DateTimeFormat. */
export const moment = (date, options) => date.toLocaleString(LANGUAGE, options);

const written = (value) => (typeof value === "number" ? value.toLocaleString(LANGUAGE) : value);
