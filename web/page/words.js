// @ts-check
/** The sentences that several parts of the page say. */

import { spoken, t } from "./texts.js";

export { inWords, reasonOf } from "./reasons.js";

/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("../carillon.js").Person} Person */

/**
 * `ada`, `ada and bob`, `ada, bob and 3 others`.
 *
 * @param {string[]} names
 */
export function together(names, most = 3) {
  if (names.length <= most) return new Intl.ListFormat(spoken(), { type: "conjunction" }).format(names);
  const rest = names.length - most + 1;
  return t("names.others", { names: names.slice(0, most - 1).join(", "), count: rest });
}

/** Who an item is from or, in the sent box, to. @param {Item} item */
export function counterpart(item) {
  if (item.kind === "scheduled" && !item.recipients) return t("compose.everyone");
  if (item.kind === "sent" || item.kind === "scheduled") return together((item.recipients ?? []).map(({ username }) => username)) || t("account.deleted");
  if (item.kind === "notice") return item.origin?.title || t("item.notice");
  return item.sender?.username ?? t("account.deleted");
}

/**
 * What became of a letter.
 *
 * @param {{people: Person[], audience?: string, later?: object | null}} letter
 * @param {number[]} ids whom it went to
 */
export function receiptOf({ people, audience, later }, ids) {
  if (later) return t("compose.scheduled");
  if (audience) return t("compose.sent-to-everyone");
  const missed = people.filter(({ id }) => !ids.includes(id));
  const reached = people.filter(({ id }) => ids.includes(id)).map(({ username }) => username);
  const gone = missed.length ? ` ${t("compose.gone", { count: missed.length })}` : "";
  return t("compose.sent", { names: together(reached) }) + gone;
}

/** The beginning of a text on one line. @param {string} text */
export function snippet(text, length = 180) {
  return Array.from(text.slice(0, 2 * length).replace(/\s+/g, " ").trim()).slice(0, length).join("");
}
