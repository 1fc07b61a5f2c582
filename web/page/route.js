// @ts-check
/** Where one is: `#/inbox`, `#/inbox/message/12`, `#/with-7`, `#/search-q%3Dbell`. So Back, links and reloads do what they should. */

/** @typedef {{view: string, kind?: import("../carillon.js").Boxed, id?: number}} Route */
/** @typedef {{q?: string, with?: number, who?: string, since?: string, until?: string}} Search with whom, and how he is called; days as `2026-11-24`, both included */

const PATTERN = /^#\/(inbox|unread|notices|alerts|sent|scheduled|with-\d{1,16}|search-[^/]{1,2000})(?:\/(message|notice|sent|scheduled)\/(\d{1,16}))?$/;

/** @returns {Route | null} null when the address names no place of ours */
export function here() {
  const match = PATTERN.exec(location.hash);
  if (!match) return null;
  const [, view, kind, id] = match;
  return kind ? { view, kind: /** @type {import("../carillon.js").Boxed} */ (kind), id: Number(id) } : { view };
}

/**
 * @param {string} view
 * @param {import("../carillon.js").ItemName} [item]
 */
export function hrefOf(view, item) {
  return item ? `#/${view}/${item.kind}/${item.id}` : `#/${view}`;
}

/**
 * Goes there; in place of the present entry of the history when one was only passing through.
 *
 * @param {string} href
 */
export function go(href, { replace = false } = {}) {
  if (replace) location.replace(href);
  else location.hash = href;
}

/** The view of all that passed between the reader and somebody. @param {number} person */
export function nameOfThread(person) {
  return `with-${person}`;
}

/** @param {Search} search */
export function nameOfSearch(search) {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== "");
  return `search-${encodeURIComponent(new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString())}`;
}

/**
 * What a view of a search or of a thread looks for.
 *
 * @param {string} name of a view
 * @returns {Search | null} null for a box
 */
export function searchOf(name) {
  if (name.startsWith("with-")) return { with: Number(name.slice("with-".length)) };
  if (!name.startsWith("search-")) return null;
  const asked = new URLSearchParams(unescape(name.slice("search-".length)));
  const person = Number(asked.get("with"));
  const [q, since, until, who] = ["q", "since", "until", "who"].map((part) => asked.get(part) ?? "");
  return { q, since, until, with: person || undefined, who };
}

/** @param {string} text @returns {string} empty when it was typed by hand and cannot be read */
function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
