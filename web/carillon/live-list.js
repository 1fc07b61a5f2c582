// @ts-check
/** A list that loads page by page and stays true: every change is placed where it belongs. */

import { keyOf, newestFirst } from "./known.js";

/** @typedef {import("./known.js").Item} Item */
/** @typedef {import("./known.js").Kind} Kind */
/** @typedef {import("./http.js").CarillonError} CarillonError */

/**
 * @typedef {object} Filter
 * @property {Kind[]} kinds
 * @property {boolean} [unread] only what is unread
 * @property {number} [with] a user's id: what was exchanged with that person
 * @property {string} [origin] the area that notices came from
 * @property {string} [q] text in the content, whatever the case
 * @property {string} [since] ISO 8601, included
 * @property {string} [until] ISO 8601, included
 * @property {number} [limit] items to a page
 * @property {number} [further] items to each page after the first, which is to be there soon
 */

/** @typedef {(query: Omit<Filter, "further"> & {cursor?: string}) => Promise<import("../carillon.js").Page>} Fetch */

/**
 * Fires `update` whenever `items`, `isLoading`, `isComplete` or `error` changed.
 */
export class LiveList extends EventTarget {
  /** Newest first. @type {Item[]} */
  items = [];
  isLoading = false;
  /** True when there is no further page. */
  isComplete = false;
  /** Why the last page could not be had. @type {Error | null} */
  error = null;

  /** The items by their names. @type {Map<string, Item>} */
  #named = new Map();
  /** @type {EventTarget} */
  #source;
  #fetch;
  #filter;
  /** Newest first; of what leaves later the soonest. @type {(a: Item, b: Item) => number} */
  #order;
  /** @type {string | null} */
  #next = null;
  /** The last item that the server listed: what is older belongs to a later page. @type {Item | null} */
  #horizon = null;
  /** Changes that came while a page was under way. @type {Item[]} */
  #meanwhile = [];
  /** @type {string | null} */
  #held = null;
  #round = 0;
  /** @param {Event} event */
  #onChange = (event) => this.#change(/** @type {CustomEvent} */ (event).detail.item);
  #onReset = () => void this.load();

  /**
   * @param {EventTarget} source fires `change` with an item, `reset`
   * @param {Fetch} fetch
   * @param {Filter} filter
   */
  constructor(source, fetch, filter) {
    super();
    this.#source = source;
    this.#fetch = fetch;
    this.#filter = filter;
    this.#order = filter.kinds[0] === "scheduled" ? (a, b) => newestFirst(b, a) : newestFirst;
    source.addEventListener("change", this.#onChange);
    source.addEventListener("reset", this.#onReset);
  }

  /** The first page, afresh; what is shown stays until it is there. */
  async load() {
    this.#round += 1;
    this.isLoading = false;
    await this.#page(undefined);
  }

  /** The next page; nothing when there is none or one is on its way. */
  async more() {
    if (this.isLoading || this.isComplete) return;
    await this.#page(this.#next ?? undefined);
  }

  /**
   * Keeps one item although it does not match any more, until another is held.
   *
   * @param {Item | null} item
   */
  hold(item) {
    const key = item && keyOf(item);
    if (key === this.#held) return;
    this.#held = key;
    this.#take(this.items.filter((each) => this.#matches(each) || keyOf(each) === key));
    this.#tell();
  }

  /** Stops listening. */
  close() {
    this.#round += 1;
    this.#source.removeEventListener("change", this.#onChange);
    this.#source.removeEventListener("reset", this.#onReset);
  }

  /** @param {string} [cursor] none for the first page */
  async #page(cursor) {
    const round = this.#round;
    this.isLoading = true;
    this.error = null;
    this.#meanwhile = [];
    this.#tell();
    try {
      const { further, ...filter } = this.#filter;
      const page = await this.#fetch({ ...filter, limit: (cursor && further) || filter.limit, cursor });
      if (round === this.#round) this.#add(page, cursor === undefined);
    } catch (error) {
      if (round === this.#round) this.error = /** @type {Error} */ (error);
    }
    if (round !== this.#round) return;
    this.isLoading = false;
    this.#tell();
  }

  /**
   * @param {import("../carillon.js").Page} page
   * @param {boolean} isFirst
   */
  #add(page, isFirst) {
    this.#next = page.next;
    this.isComplete = page.next === null;
    this.#horizon = page.last ?? (isFirst ? null : this.#horizon);
    if (isFirst) this.#take([]);
    const added = page.items.filter((item) => !this.#named.has(keyOf(item)) && this.#matches(item)).sort(this.#order);
    const [last, first] = [this.items.at(-1), added[0]];
    const follows = !last || !first || this.#order(last, first) < 0;
    this.#take(follows ? [...this.items, ...added] : [...this.items, ...added].sort(this.#order));
    for (const item of this.#meanwhile) this.#place(item);
  }

  /** @param {Item[]} items in order */
  #take(items) {
    this.items = items;
    this.#named = new Map(items.map((item) => [keyOf(item), item]));
  }

  /** @param {Item} item */
  #change(item) {
    if (!this.#filter.kinds.includes(item.kind)) return;
    if (this.isLoading) this.#meanwhile.push(item);
    if (this.#place(item)) this.#tell();
  }

  /** @param {Item} item @returns {boolean} whether anything changed */
  #place(item) {
    const key = keyOf(item);
    const held = this.#named.get(key);
    const stays = held && (this.#matches(item) || key === this.#held);
    const comes = !held && this.#matches(item) && this.#reaches(item);
    const belongs = !item.deleted && Boolean(stays || comes);
    if (held) this.items = this.items.toSpliced(this.items.indexOf(held), 1);
    if (belongs) this.items = this.items.toSpliced(this.#placeFor(item), 0, item);
    if (belongs) this.#named.set(key, item);
    else this.#named.delete(key);
    return belongs || held !== undefined;
  }

  /** @param {Item} item */
  #matches(item) {
    const { kinds, unread, q = "" } = this.#filter;
    return kinds.includes(item.kind) && (!unread || item.is_read === false)
      && (item.content ?? "").toLowerCase().includes(q.toLowerCase()) && this.#concerns(item) && this.#isThen(item);
  }

  /** @param {Item} item whether it is from the one, or the area, that is asked about, or to him */
  #concerns({ sender, recipients, origin }) {
    const { with: person, origin: area } = this.#filter;
    if (area && origin?.area !== area) return false;
    return person === undefined || sender?.id === person || Boolean(recipients?.some(({ id }) => id === person));
  }

  /** @param {Item} item */
  #isThen({ sent_on: sentOn }) {
    const { since, until } = this.#filter;
    const then = Date.parse(sentOn);
    return (!since || then >= Date.parse(since)) && (!until || then <= Date.parse(until));
  }

  /** @param {Item} item whether its place is among the pages that are here */
  #reaches(item) {
    return this.isComplete || this.#horizon === null || this.#order(item, this.#horizon) <= 0;
  }

  /** @param {Item} item @returns {number} by halving: thousands may be marked at once */
  #placeFor(item) {
    let [from, to] = [0, this.items.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#order(item, this.items[middle]) < 0) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  #tell() {
    this.dispatchEvent(new Event("update"));
  }
}
