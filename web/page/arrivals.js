// @ts-check
/** Tells of what arrives, politely: several in one moment are one sentence. */

import { t } from "./texts.js";
import { counterpart, snippet } from "./words.js";

/** @typedef {import("../carillon.js").Item} Item */

const GATHER_MS = 700;

/**
 * True for something new, not for an old item that was marked unread elsewhere.
 *
 * @param {{item: Item, previous: Item | null, isLive: boolean}} change
 */
export function isArrival({ item, previous, isLive }) {
  const isReceived = item.kind === "message" || item.kind === "notice";
  return isLive && isReceived && !previous && !item.deleted && item.is_read === false
    && (item.kind === "notice" || item.version === 1);
}

export class Arrivals {
  /** @type {Item[]} */
  #waiting = [];
  #timer = 0;
  #tell;

  /** @param {(sentence: string) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @param {Item} item */
  add(item) {
    this.#waiting.push(item);
    this.#timer ||= setTimeout(() => this.#speak(), GATHER_MS);
  }

  clear() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#waiting = [];
  }

  #speak() {
    const items = this.#waiting;
    this.clear();
    this.#tell(items.length === 1 ? about(items[0]) : t("arrival.many", { count: items.length }));
  }
}

/** @param {Item} item */
function about(item) {
  const text = snippet(item.content, 80);
  return item.kind === "notice" ? t("arrival.notice", { text }) : t("arrival.message", { name: counterpart(item), text });
}
