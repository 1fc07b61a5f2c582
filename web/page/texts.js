// @ts-check
/** What the page says, in the reader's language: the account's, else the browser's, else English. */

import de from "../texts/de.js";
import en from "../texts/en.js";

/** @typedef {Record<string, string | {one: string, other: string}>} Texts */

/** @type {Record<string, Texts>} */
const LANGUAGES = { de, en };

/** Attributes of the page's own markup that name a text. @type {Record<string, string>} */
const ATTRIBUTES = { label: "aria-label", title: "title", placeholder: "placeholder" };

let language = "en";
/** What the account wishes, as a tag. @type {string | null | undefined} */
let asked = null;

/** Adds what another page says. @param {Record<string, Texts>} more */
export function learn(more) {
  for (const [tag, texts] of Object.entries(more)) Object.assign(LANGUAGES[tag], texts);
}

/** The language in which the page speaks: a tag. */
export function spoken() {
  return language;
}

/** The language as it is spoken where the reader is, for dates and figures: `en-GB` of those that begin with `en`. */
export function locale() {
  return [asked, ...navigator.languages].find((tag) => tag?.toLowerCase().split("-")[0] === language) ?? language;
}

/**
 * Chooses the language and says the page's own markup in it.
 *
 * @param {string | null | undefined} wanted a tag such as `de-DE`; without one the browser's languages
 * @param {Document} page
 */
export function speakIn(wanted, page = document) {
  asked = wanted;
  const tags = wanted ? [wanted] : navigator.languages;
  const known = tags.map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => tag in LANGUAGES);
  language = known ?? "en";
  page.documentElement.lang = language;
  translate(page);
}

/**
 * The text of a name. A name that no language has is a mistake of the page, and shown as it is.
 *
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 */
export function t(name, values = {}) {
  const text = LANGUAGES[language][name] ?? en[name] ?? name;
  const chosen = typeof text === "string" ? text : text[formOf(Number(values.count))];
  return chosen.replace(/\{(\w+)\}/g, (_, key) => say(values[key]));
}

/** @param {ParentNode} root whose `data-text`, `data-label`, `data-title`, `data-placeholder` name texts */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = t(element.getAttribute("data-text") ?? "");
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
    for (const element of root.querySelectorAll(`[data-${name}]`)) {
      element.setAttribute(attribute, t(element.getAttribute(`data-${name}`) ?? ""));
    }
  }
}

/** @param {number} count @returns {"one" | "other"} */
function formOf(count) {
  return new Intl.PluralRules(language).select(count) === "one" ? "one" : "other";
}

/** @param {string | number | undefined} value */
function say(value) {
  return typeof value === "number" ? value.toLocaleString(language) : String(value ?? "");
}
