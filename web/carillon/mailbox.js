// @ts-check
/** What is known of one person's items here: in their newest state, with what was only assumed or is leaving. */

import { Counts } from "./counts.js";
import { Departures } from "./departures.js";
import { Known, placed, unreadOf } from "./known.js";
import { Writes } from "./writes.js";

/** @typedef {import("./api.js").Api} Api */
/** @typedef {import("./known.js").Item} Item */
/** @typedef {import("./known.js").ItemName} ItemName */
/** @typedef {import("./known.js").Kind} Kind */
/** @typedef {import("./pace.js").Pace} Pace */
/** @typedef {import("./writes.js").OnProgress} OnProgress */

/** @typedef {{item: Item, previous: Item | null, isLive: boolean}} Change */

/**
 * @typedef {object} Owner whom a mailbox tells
 * @property {(change: Change) => void} onChange an item is new, changed or (`item.deleted`) gone
 * @property {() => void} onUnread the counts changed
 */

export class Mailbox {
  #api;
  #owner;
  #known = new Known();
  #departures = new Departures();
  #counts;
  #writes;

  /**
   * @param {Api} api
   * @param {Owner} owner
   * @param {Pace} pace
   */
  constructor(api, owner, pace) {
    this.#api = api;
    this.#owner = owner;
    this.#counts = new Counts(() => owner.onUnread(), () => api.counts(), pace);
    this.#writes = new Writes(this.#known, (item, previous) => this.#shown(item, previous), pace);
  }

  /** How many unread there are: without those that are leaving. */
  get unread() {
    const { messages, notices, announcements } = this.#counts.now;
    const leaving = this.#departures.groups.flat().map((item) => this.#known.get(item)).filter((item) => item !== null);
    const of = (/** @type {Kind} */ kind) => leaving.filter((item) => item.kind === kind && unreadOf(item)).length;
    return { messages: Math.max(0, messages - of("message")), notices: Math.max(0, notices - of("notice")), announcements };
  }

  /** @param {ItemName} name @returns {Item | null} null when unknown or deleted */
  get(name) {
    return this.#known.get(name);
  }

  /** @param {Item} item as the server listed it @returns {Item | null} in its newest state; null when it is gone, or leaving */
  take(item) {
    const previous = this.#known.get(item);
    const isNews = this.#known.take(item) && previous !== null;
    if (this.#departures.has(item)) return null;
    if (isNews) this.#owner.onChange({ item, previous, isLive: false });
    return this.#known.get(item);
  }

  /** @param {any} frame a change, as the live channel tells it */
  change({ kind, version, revision, origin, deleted = false, item }) {
    if (typeof kind !== "string" || !Number.isInteger(version) || !Number.isInteger(item?.id)) return;
    const changed = placed({ ...item, kind, version, revision, deleted, ...(origin && { origin }) });
    const previous = this.#known.get(changed);
    if (!this.#known.take(changed)) return;
    if (!this.#departures.has(changed)) this.#owner.onChange({ item: changed, previous, isLive: true });
    const by = unreadOf(changed) - (previous ? unreadOf(previous) : 0);
    if (!previous || by !== 0) this.#counts.hear(kind, by, revision);
  }

  /** @param {any} frame the first of a connection, or one with new counts */
  count(frame) {
    if (frame.type === "hello") this.#counts.greet(frame.unread);
    else this.#counts.take(frame);
  }

  /** @param {Item[]} items @param {boolean} isRead @param {OnProgress} [onProgress] */
  async mark(items, isRead, onProgress) {
    await this.#written(this.#writes.make(items, { is_read: isRead }, (kind, ids) => this.#api.mark(kind, ids, isRead), onProgress));
  }

  /** @param {Item[]} items @param {OnProgress} [onProgress] */
  async delete(items, onProgress) {
    await this.#written(this.#writes.make(items, { deleted: true }, (kind, ids) => this.#api.remove(kind, ids), onProgress));
  }

  /** @param {Item[]} items @returns {import("./departures.js").Departure} */
  deleteLater(items) {
    const leaving = items.filter((item) => this.#known.get(item) && !this.#departures.has(item));
    this.#departures.add(leaving);
    for (const item of leaving) this.#owner.onChange({ item: { ...item, deleted: true }, previous: item, isLive: false });
    this.#owner.onUnread();
    return {
      undo: () => this.#comeBack(leaving),
      settle: async (onProgress) => {
        if (this.#departures.take(leaving)) await this.delete(leaving, onProgress);
      },
    };
  }

  /** Deletes what is leaving; the browser sends it although the page may go. */
  async hurry() {
    await Promise.all(this.#departures.groups.map((items) => {
      this.#departures.take(items);
      return this.#writes.leave(items, (kind, ids) => this.#api.remove(kind, ids, { keepalive: true }));
    }));
  }

  /** Forgets the items; what is leaving leaves all the same. */
  clear() {
    this.#known.clear();
  }

  /** Forgets everything: somebody else may come. */
  forget() {
    this.#known.clear();
    this.#departures.clear();
    this.#counts.forget();
  }

  /** @param {Promise<void>} write of what was just shown */
  async #written(write) {
    const release = this.#counts.hold();
    try {
      await write;
    } finally {
      release();
    }
  }

  /** @param {Item} item @param {Item} previous */
  #shown(item, previous) {
    this.#counts.shift(item.kind, unreadOf(item) - unreadOf(previous));
    this.#owner.onChange({ item, previous, isLive: false });
  }

  /** @param {Item[]} items that were leaving */
  #comeBack(items) {
    if (!this.#departures.take(items)) return;
    for (const gone of items) {
      const item = this.#known.get(gone);
      if (item) this.#owner.onChange({ item, previous: { ...item, deleted: true }, isLive: false });
    }
    this.#owner.onUnread();
  }
}
