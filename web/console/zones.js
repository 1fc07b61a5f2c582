// @ts-check
/** Instants as the clocks of a zone show them, and when those clocks are changed. */

import { spoken } from "../page/texts.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WEEK = 7 * DAY;
const YEAR = 365 * DAY;
/** Of very long spans the changes are not looked for: a line could not show them. */
const MOST_WEEKS = 60 * 53;

/** @typedef {{at: number, shift: number}} ClockChange `shift` in ms: above 0 a gap, below an overlap */

/** @param {string} zone @returns {boolean} whether the browser knows it */
export function isZone(zone) {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

/** @returns {string[]} all zones that the browser knows */
export function allZones() {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
}

/** The zone of whoever looks. */
export function ownZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The spoken language as the browser's owner writes it. */
function locale() {
  return navigator.languages.find((tag) => tag.split("-")[0] === spoken()) ?? spoken();
}

/** @param {string | number} at @param {string} zone */
export function inZone(at, zone) {
  const seconds = new Date(at).getUTCSeconds() ? { second: /** @type {const} */ ("2-digit") } : {};
  return new Intl.DateTimeFormat(locale(), {
    weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", ...seconds,
    timeZone: zone, timeZoneName: "short",
  }).format(new Date(at));
}

/** As exactly as a stretch of `span` ms needs it. @param {number} at @param {string} zone @param {number} span */
export function roughly(at, zone, span) {
  const [day, time] = [{ day: "numeric", month: "short" }, { hour: "2-digit", minute: "2-digit" }];
  const shown = span < 2 * DAY ? time : span < YEAR ? day : { month: "short", year: "numeric" };
  return new Intl.DateTimeFormat(locale(), /** @type {Intl.DateTimeFormatOptions} */ ({ ...shown, timeZone: zone })).format(at);
}

/**
 * How far a zone's clocks are ahead of UTC then, in ms.
 *
 * @param {number} at
 * @param {string} zone
 */
export function offsetAt(at, zone) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  });
  const found = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const shown = Date.UTC(found.year, found.month - 1, found.day, found.hour, found.minute, found.second);
  return shown - Math.floor(at / 1000) * 1000;
}

/**
 * When a zone's clocks are changed between two instants.
 *
 * @param {string} zone
 * @param {number} from
 * @param {number} until
 * @returns {ClockChange[]}
 */
export function clockChanges(zone, from, until) {
  /** @type {ClockChange[]} */
  const found = [];
  if (until - from > MOST_WEEKS * WEEK) return found;
  for (let at = from; at < until; at += WEEK) {
    const end = Math.min(at + WEEK, until);
    const shift = offsetAt(end, zone) - offsetAt(at, zone);
    if (shift) found.push({ at: momentOf(zone, at, end), shift });
  }
  return found;
}

/** The minute between the two in which the clocks are changed. @param {string} zone @param {number} from @param {number} until */
function momentOf(zone, from, until) {
  const before = offsetAt(from, zone);
  let [low, high] = [Math.floor(from / MINUTE), Math.ceil(until / MINUTE)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle * MINUTE, zone) === before) low = middle;
    else high = middle;
  }
  return high * MINUTE;
}
