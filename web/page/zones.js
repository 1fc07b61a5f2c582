// @ts-check
/** What clocks show in a zone: `2026-11-24T09:00`, as fields of forms spell it. */

const HOUR = 60 * 60_000;

/** @param {number} instant @param {string} zone */
export function clockOf(instant, zone) {
  // Swedes write it as forms do, but for the letter between.
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(instant).replace(" ", "T");
}

/** The instant at which clocks there show this; one of both where they show it twice. @param {string} local @param {string} zone */
function instantOf(local, zone) {
  const guess = Date.parse(`${local}Z`);
  return guess - (Date.parse(`${clockOf(guess, zone)}Z`) - guess);
}

/** `Thursday, 26 November 2026 at 09:00`. @param {string} local @param {string} language */
export function spelled(local, language) {
  return new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short", timeZone: "UTC" }).format(Date.parse(`${local}Z`));
}

/** `Europe/Berlin (CET)`, with the name that the zone has then where that says more. @param {string} zone @param {string} local @param {string} language */
export function named(zone, local, language) {
  const format = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: "short" });
  const name = format.formatToParts(instantOf(local, zone)).find(({ type }) => type === "timeZoneName")?.value;
  const place = zone.replaceAll("_", " ");
  return name === place ? place : `${place} (${name})`;
}

/**
 * Times that one often means: in an hour, tomorrow at nine, next Monday at nine, as clocks there show them.
 *
 * @param {string} zone
 * @param {number} [now]
 */
export function oftenMeant(zone, now = Date.now()) {
  const today = new Date(`${clockOf(now, zone)}Z`);
  const nine = (/** @type {number} */ days) => `${new Date(today.getTime() + days * 24 * HOUR).toISOString().slice(0, 10)}T09:00`;
  return { hour: clockOf(now + HOUR, zone), tomorrow: nine(1), monday: nine(((8 - today.getUTCDay()) % 7) || 7) };
}
