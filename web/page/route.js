// @ts-check
/** Where one is: `#/inbox`, `#/inbox/message/12`. So Back, links and reloads do what they should. */

/** @typedef {{view: string, kind?: import("../carillon.js").Boxed, id?: number}} Route */

const PATTERN = /^#\/(inbox|unread|notices|sent)(?:\/(message|notice|sent)\/(\d{1,16}))?$/;

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
