// @ts-check
/** The four boxes: what each shows, in which sections, and what it says when it is empty. */

import { keyOf } from "../carillon.js";
import { t } from "./texts.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("../carillon.js").Kind} Kind */
/** @typedef {import("../carillon/live-list.js").LiveList} LiveList */

/**
 * @typedef {object} Plan
 * @property {string} title the name of a text
 * @property {Kind[]} kinds
 * @property {boolean} hasUnread unread items stand first, in a section of their own
 * @property {boolean} hasRest read (or sent) items are shown
 * @property {{icon: string, text: string}} empty the texts `text` and `text-more`
 */

/**
 * @typedef {object} Section
 * @property {string} name
 * @property {string} title
 * @property {Item[]} items
 * @property {LiveList} list
 */

const PAGE = 40;

/** @type {Record<string, Plan>} */
export const PLANS = {
  inbox: {
    title: "box.inbox",
    kinds: ["message", "notice"],
    hasUnread: true,
    hasRest: true,
    empty: { icon: "bell", text: "list.inbox-empty" },
  },
  unread: {
    title: "box.unread",
    kinds: ["message", "notice"],
    hasUnread: true,
    hasRest: false,
    empty: { icon: "check", text: "list.unread-empty" },
  },
  notices: {
    title: "box.notices",
    kinds: ["notice"],
    hasUnread: true,
    hasRest: true,
    empty: { icon: "horn", text: "list.notices-empty" },
  },
  sent: {
    title: "box.sent",
    kinds: ["sent"],
    hasUnread: false,
    hasRest: true,
    empty: { icon: "send", text: "list.sent-empty" },
  },
};

/** One box. Fires `update` when what it shows changed. */
export class View extends EventTarget {
  /** @type {LiveList | null} */
  #unread;
  /** @type {LiveList | null} */
  #rest;

  /**
   * @param {string} name
   * @param {Carillon} client
   */
  constructor(name, client) {
    super();
    this.name = name;
    this.plan = PLANS[name];
    const { kinds, hasUnread, hasRest } = this.plan;
    this.#unread = hasUnread ? client.list({ kinds, unread: true, limit: PAGE }) : null;
    this.#rest = hasRest ? client.list({ kinds, limit: PAGE }) : null;
    for (const list of this.#lists) list.addEventListener("update", () => this.dispatchEvent(new Event("update")));
  }

  get #lists() {
    return [this.#unread, this.#rest].filter((list) => list !== null);
  }

  async load() {
    await Promise.all(this.#lists.map((list) => list.load()));
  }

  /** Loads again what could not be loaded. */
  heal() {
    for (const list of this.#lists) if (list.error) void (list.items.length ? list.more() : list.load());
  }

  close() {
    for (const list of this.#lists) list.close();
  }

  /** True until the first page, or the reason why there is none, is there. */
  get isStarting() {
    return this.#lists.some((list) => list.isLoading && list.items.length === 0);
  }

  /** Why there is nothing at all to show. @returns {Error | null} */
  get error() {
    if (this.#lists.some((list) => list.items.length > 0)) return null;
    return this.#lists.find((list) => list.error)?.error ?? null;
  }

  /** @returns {Section[]} the sections in order; those without items or news are left out */
  get sections() {
    const unread = this.#unread?.items ?? [];
    const standing = new Set(unread.map(keyOf));
    const rest = (this.#rest?.items ?? []).filter((item) => item.is_read !== false && !standing.has(keyOf(item)));
    const named = Boolean(this.#unread && this.#rest);
    const sections = [];
    if (this.#unread) sections.push({ name: "unread", title: named ? t("list.unread") : "", items: unread, list: this.#unread });
    if (this.#rest) sections.push({ name: "rest", title: named ? t("list.earlier") : "", items: rest, list: this.#rest });
    return sections.filter(({ items, list }) => items.length > 0 || list.error || !list.isComplete);
  }

  /** @returns {Item[]} all that is shown, from top to bottom */
  get items() {
    return this.sections.flatMap(({ items }) => items);
  }

  /**
   * What one is reading keeps its place among the unread until one leaves it.
   *
   * @param {Item | null} item
   */
  hold(item) {
    this.#unread?.hold(item);
  }
}
