// @ts-check
/** What is deleted only in a while: gone from every list at once, and back when one thinks better of it. */

import { keyOf } from "./known.js";

/** @typedef {import("./known.js").Item} Item */
/** @typedef {import("./known.js").ItemName} ItemName */

/**
 * @typedef {object} Departure a deletion that can still be taken back; each of the two ends it, once
 * @property {() => void} undo
 * @property {(onProgress?: import("./writes.js").OnProgress) => Promise<void>} settle really deletes; throws a CarillonError, and the items are back
 */

export class Departures {
  /** Groups by the keys in them. @type {Map<string, Item[]>} */
  #groups = new Map();

  /** @param {ItemName} item */
  has(item) {
    return this.#groups.has(keyOf(item));
  }

  /** @param {Item[]} items of which none is leaving already */
  add(items) {
    for (const item of items) this.#groups.set(keyOf(item), items);
  }

  /** @param {Item[]} items @returns {boolean} false when they were taken out before */
  take(items) {
    const are = items.filter((item) => this.#groups.get(keyOf(item)) === items);
    for (const item of are) this.#groups.delete(keyOf(item));
    return are.length > 0;
  }

  /** All that is leaving, by groups. */
  get groups() {
    return [...new Set(this.#groups.values())];
  }

  clear() {
    this.#groups.clear();
  }
}
