// @ts-check
/** The sentences that several parts of the page say. */

/** @typedef {import("../carillon.js").Item} Item */

const NOBODY = "deleted account";

const and = new Intl.ListFormat("en", { type: "conjunction" });

/**
 * `ada`, `ada and bob`, `ada, bob and 3 others`.
 *
 * @param {string[]} names
 */
export function together(names, most = 3) {
  if (names.length <= most) return and.format(names);
  const rest = names.length - most + 1;
  return `${names.slice(0, most - 1).join(", ")} and ${rest} others`;
}

/** Who an item is from or, in the sent box, to. @param {Item} item */
export function counterpart(item) {
  if (item.kind === "sent") return together((item.recipients ?? []).map(({ username }) => username)) || NOBODY;
  if (item.kind === "notice") return item.origin?.title || "Notice";
  return item.sender?.username ?? NOBODY;
}

/** @param {number} count @param {string} one @param {string} many */
export function plural(count, one, many) {
  return count === 1 ? `1 ${one}` : `${count.toLocaleString()} ${many}`;
}

/** What went wrong, as a sentence. @param {unknown} error */
export function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** The beginning of a text on one line. @param {string} text */
export function snippet(text, length = 180) {
  return Array.from(text.slice(0, 2 * length).replace(/\s+/g, " ").trim()).slice(0, length).join("");
}
