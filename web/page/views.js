// @ts-check
/** The boxes, threads and searches: what each shows, in which sections, and what it says when it is empty. */

import { keyOf } from "../carillon.js";
import { searchOf } from "./route.js";
import { t } from "./texts.js";
import { counterpart } from "./words.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("../carillon.js").Kind} Kind */
/** @typedef {import("../carillon/live-list.js").LiveList} LiveList */

/**
 * @typedef {object} Plan
 * @property {string} title the name of a text
 * @property {Kind[]} kinds
 * @property {string} [origin] only notices from this area
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

/** The first page is there soon, those after it are few. */
const PAGES = { limit: 40, further: 200 };

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
  alerts: {
    title: "box.alerts",
    kinds: ["notice"],
    origin: "alerts",
    hasUnread: true,
    hasRest: true,
    empty: { icon: "flag", text: "list.alerts-empty" },
  },
  sent: {
    title: "box.sent",
    kinds: ["sent"],
    hasUnread: false,
    hasRest: true,
    empty: { icon: "send", text: "list.sent-empty" },
  },
  scheduled: {
    title: "box.scheduled",
    kinds: ["scheduled"],
    hasUnread: false,
    hasRest: true,
    empty: { icon: "clock", text: "list.scheduled-empty" },
  },
};

/** @type {Plan} */
const THREAD = {
  title: "view.thread",
  kinds: ["message", "sent"],
  hasUnread: false,
  hasRest: true,
  empty: { icon: "thread", text: "list.thread-empty" },
};

/** @type {Plan} */
const SEARCH = {
  title: "view.search",
  kinds: ["message", "notice", "sent"],
  hasUnread: false,
  hasRest: true,
  empty: { icon: "search", text: "list.search-empty" },
};

/** @param {string} name of a view @returns {Plan} */
function planOf(name) {
  return PLANS[name] ?? (name.startsWith("with-") ? THREAD : SEARCH);
}

/**
 * What the server is asked for, and what a change must fit: days as instants of the reader's zone.
 *
 * @param {import("./route.js").Search} search
 */
function filterOf({ q, since, until, with: person }) {
  const from = since ? new Date(`${since}T00:00:00`) : null;
  const to = until ? new Date(`${until}T23:59:59.999`) : null;
  return { q, with: person, since: iso(from), until: iso(to) };
}

/** @param {Date | null} day */
function iso(day) {
  return day && !Number.isNaN(day.getTime()) ? day.toISOString() : undefined;
}

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
    this.plan = planOf(name);
    const search = searchOf(name);
    const filter = search ? filterOf(search) : {};
    const { kinds, origin, hasUnread, hasRest } = this.plan;
    this.#unread = hasUnread ? client.list({ kinds, origin, unread: true, ...PAGES }) : null;
    this.#rest = hasRest ? client.list({ kinds, origin, ...PAGES, ...filter }) : null;
    for (const list of this.#lists) list.addEventListener("update", () => this.dispatchEvent(new Event("update")));
  }

  get #lists() {
    return [this.#unread, this.#rest].filter((list) => list !== null);
  }

  /** False for a thread or a search. */
  get isBox() {
    return this.name in PLANS;
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

  /** What stands above the list. */
  get title() {
    if (this.plan !== THREAD) return t(this.plan.title);
    const [first] = this.items;
    return first ? t("view.thread-with", { name: counterpart(first) }) : t("view.thread");
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
    const rest = (this.#rest?.items ?? []).filter((item) => !standing.has(keyOf(item)) && (!this.#unread || item.is_read !== false));
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
