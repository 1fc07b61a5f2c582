// @ts-check
/** Which rows of the list are chosen, to be marked or deleted together. */

import { keyOf } from "../carillon.js";

/** @typedef {import("../carillon.js").Item} Item */

/** Fires `change`. */
export class Selection extends EventTarget {
  /** @type {Set<string>} */
  #keys = new Set();
  /** Where a range begins. @type {string | null} */
  #anchor = null;

  get size() {
    return this.#keys.size;
  }

  /** @param {Item} item */
  has(item) {
    return this.#keys.has(keyOf(item));
  }

  /** @param {Item} item */
  toggle(item) {
    const key = keyOf(item);
    if (!this.#keys.delete(key)) this.#keys.add(key);
    this.#anchor = key;
    this.#tell();
  }

  /**
   * Chooses all from where one chose last to here.
   *
   * @param {Item} item
   * @param {string[]} order the keys of what is shown, from top to bottom
   */
  extend(item, order) {
    const [from, to] = [order.indexOf(this.#anchor ?? ""), order.indexOf(keyOf(item))];
    if (from < 0) return this.toggle(item);
    for (const key of order.slice(Math.min(from, to), Math.max(from, to) + 1)) this.#keys.add(key);
    this.#anchor = keyOf(item);
    this.#tell();
  }

  /** @param {string[]} order chooses all of these */
  all(order) {
    this.#keys = new Set(order);
    this.#tell();
  }

  clear() {
    this.#anchor = null;
    if (!this.size) return;
    this.#keys.clear();
    this.#tell();
  }

  /** What is not shown any more is not chosen either. @param {Set<string>} shown keys */
  keep(shown) {
    const before = this.size;
    for (const key of this.#keys) if (!shown.has(key)) this.#keys.delete(key);
    if (this.size !== before) this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
