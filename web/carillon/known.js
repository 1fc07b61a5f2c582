// @ts-check
/** The newest state of every item heard of, whichever way it came, and the order items stand in. */

/** @typedef {"message" | "notice" | "sent" | "announcement" | "scheduled"} Kind */

/** @typedef {{id: number, username: string}} Person */

/** @typedef {{id?: number | string, title?: string | null, url?: string | null}} Place something with a page of its own, perhaps */

/** @typedef {Place & {area: string, list?: Place}} Origin `list` is the subscriber list that an alert came by */

/**
 * @typedef {object} Item
 * @property {Kind} kind
 * @property {number} id
 * @property {number} version raised by every change; the greater one is the truth
 * @property {number} [revision] when it last changed, in microseconds since 1970
 * @property {string} content
 * @property {string} sent_on ISO 8601, UTC
 * @property {boolean} [is_read] of received items
 * @property {Person | null} [sender] of messages; null once the account is deleted
 * @property {Person[] | null} [recipients] of sent items; null when they are for an audience
 * @property {Origin | null} [origin] what brought a notice about
 * @property {string | null} [expires_at]
 * @property {string | null} [send_at] of what leaves later: the instant; null when a schedule decides
 * @property {string | null} [send_at_local] what clocks show then, where one said so
 * @property {string | null} [time_zone] where they do
 * @property {"waiting" | "failed"} [state] of what leaves later
 * @property {string | null} [error] why it did not leave
 * @property {string | null} [title] of announcements, whose content is sanitised HTML
 * @property {string | null} [confirm] what is to be ticked to confirm one
 * @property {string} [message_key] what confirms this version of one
 * @property {boolean} [deleted] a tombstone: nothing but kind, id and version is left
 */

/** @typedef {{kind: Kind, id: number}} ItemName */

/** @param {ItemName} item the name of an item as one text, the same for all its versions */
export function keyOf({ kind, id }) {
  return `${kind}/${id}`;
}

/** The order of kinds that share a moment and an id. */
const PLACES = ["message", "notice", "sent", "announcement", "scheduled"];
/** Of more items than these only those heard of last are remembered. */
const REMEMBERED = 20_000;

/**
 * Newest first, then the lower id, as the server lists them; to be given to `sort`.
 *
 * @param {Item} a
 * @param {Item} b
 */
export function newestFirst(a, b) {
  const [left, right] = [instant(a.sent_on), instant(b.sent_on)];
  if (left !== right) return left < right ? 1 : -1;
  return a.id - b.id || PLACES.indexOf(a.kind) - PLACES.indexOf(b.kind);
}

/**
 * An instant that sorts as text: the server leaves a fraction of zero out.
 *
 * @param {string} iso
 */
function instant(iso) {
  const [seconds, fraction = ""] = iso.replace("Z", "").split(".");
  return `${seconds}.${fraction.padEnd(6, "0")}`;
}

/**
 * What is known, by kind and id, of the items heard of last. A state is taken when its version is greater than the one that
 * is there, tombstones included: so each version counts once and none steps back.
 */
export class Known {
  /** @type {Map<string, Item>} */
  #items = new Map();
  #most;

  constructor(most = REMEMBERED) {
    this.#most = most;
  }

  /** @param {ItemName} name @returns {Item | null} null when unknown or deleted */
  get(name) {
    const item = this.#items.get(keyOf(name));
    return item && !item.deleted ? item : null;
  }

  /** @param {Item} item @returns {boolean} false when this or a later version was known already */
  take(item) {
    const key = keyOf(item);
    const held = this.#items.get(key);
    const isNews = !held || held.version < item.version;
    this.#items.delete(key);
    this.#items.set(key, isNews ? item : held);
    if (this.#items.size > this.#most) this.#items.delete(this.#oldest());
    return isNews;
  }

  /**
   * Shows a change before the server has confirmed it: the version stays, so its word will win.
   *
   * @param {ItemName} name
   * @param {Partial<Item>} fields
   * @returns {(() => boolean) | null} takes it back, false if the server spoke since; null when unknown
   */
  assume(name, fields) {
    const key = keyOf(name);
    const before = this.#items.get(key);
    if (!before || before.deleted) return null;
    const assumed = { ...before, ...fields };
    this.#items.set(key, assumed);
    return () => {
      if (this.#items.get(key) !== assumed) return false;
      this.#items.set(key, before);
      return true;
    };
  }

  clear() {
    this.#items.clear();
  }

  /** @returns {string} what was heard of the longest ago */
  #oldest() {
    return /** @type {string} */ (this.#items.keys().next().value);
  }
}

const NEVER = "9999-12-31T23:59:59Z";

/**
 * What leaves later stands where it will: with the instant at which it leaves.
 *
 * @template {object} T
 * @param {T & {kind?: string, send_at?: string | null}} item
 * @returns {T}
 */
export function placed(item) {
  return item.kind === "scheduled" ? { ...item, sent_on: item.send_at ?? NEVER } : item;
}

/** @param {Item} item */
export function unreadOf(item) {
  return item.is_read === false && !item.deleted ? 1 : 0;
}
