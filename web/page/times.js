// @ts-check
/** Instants for people: short and relative in the text, exact in the title, in the reader's language. */

import { h } from "./dom.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const REFRESH_MS = 30_000;

let words = wordsOf(undefined);

/** @param {string} [locale] a tag; without one the browser's */
function wordsOf(locale) {
  const format = (/** @type {Intl.DateTimeFormatOptions} */ options) => new Intl.DateTimeFormat(locale, options);
  return {
    relative: new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" }),
    hour: format({ hour: "numeric", minute: "2-digit" }),
    weekday: format({ weekday: "short" }),
    day: format({ day: "numeric", month: "short" }),
    year: format({ day: "numeric", month: "short", year: "numeric" }),
    exact: format({ dateStyle: "full", timeStyle: "long" }),
    long: format({ dateStyle: "medium", timeStyle: "short" }),
  };
}

/** @param {string} locale a tag; the browser's where no browser knows it */
export function speak(locale) {
  try {
    words = wordsOf(locale);
  } catch {
    words = wordsOf(undefined);
  }
}

/**
 * `now`, `5 min. ago`, `14:32`, `yesterday`, `Mon`, `12 Mar`, `12 Mar 2024`.
 *
 * @param {string} iso
 */
export function relative(iso, now = Date.now()) {
  const then = new Date(iso);
  const age = now - then.getTime();
  if (age < 45_000) return words.relative.format(0, "second");
  if (age < 60 * MINUTE) return words.relative.format(-Math.round(age / MINUTE), "minute");
  const days = Math.round((midnight(new Date(now)) - midnight(then)) / DAY);
  if (days === 0) return words.hour.format(then);
  if (days === 1) return words.relative.format(-1, "day");
  if (days < 7) return words.weekday.format(then);
  const sameYear = then.getFullYear() === new Date(now).getFullYear();
  return (sameYear ? words.day : words.year).format(then);
}

/** @param {string} iso */
export function exact(iso) {
  return words.exact.format(new Date(iso));
}

/** @param {string} iso */
export function long(iso) {
  return words.long.format(new Date(iso));
}

/** @param {string} iso a time element whose text follows the clock */
export function timeOf(iso) {
  return h("time", { datetime: iso, title: exact(iso), "data-relative": true }, relative(iso));
}

/** @param {Date} date */
function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** Keeps every relative time on the page up to date. */
export function startClock() {
  setInterval(() => {
    /** @type {NodeListOf<HTMLTimeElement>} */
    const times = document.querySelectorAll("time[data-relative]");
    for (const time of times) {
      const text = relative(time.dateTime);
      if (time.textContent !== text) time.textContent = text;
    }
  }, REFRESH_MS);
}
