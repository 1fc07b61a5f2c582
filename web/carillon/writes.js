// @ts-check
/** Changes that are shown before the server has confirmed them, and sent in the order they were made. */

import { persist } from "./http.js";

/** @typedef {import("./api.js").Boxed} Boxed */
/** @typedef {import("./known.js").Item} Item */
/** @typedef {import("./known.js").Known} Known */
/** @typedef {(done: number) => void} OnProgress hears, when there are several requests, how many items are written */

/** So many items go into one request: thousands would keep a small database busy for long, and tell nothing meanwhile. */
const MOST_AT_ONCE = 250;

export class Writes {
  /** The last said is the one that stays: one request leaves after the other. */
  #last = Promise.resolve();
  #known;
  #onShown;
  #pace;

  /**
   * @param {Known} known
   * @param {(item: Item, previous: Item) => void} onShown
   * @param {import("./pace.js").Pace} pace
   */
  constructor(known, onShown, pace) {
    this.#pace = pace;
    this.#known = known;
    this.#onShown = onShown;
  }

  /**
   * Shows a change at once, asks the server for it, and takes back what is refused.
   *
   * @param {Item[]} items
   * @param {Partial<Item>} fields
   * @param {(kind: Boxed, ids: number[]) => Promise<void>} write
   * @param {OnProgress} [onProgress]
   */
  async make(items, fields, write, onProgress) {
    const parts = partsOf(items);
    const undo = parts.map((part) => part.items.map((item) => this.#assume(item, fields)));
    let done = 0;
    try {
      for (const { kind, items: some } of parts) {
        await this.#inTurn(() => this.#persist(() => write(kind, some.map(({ id }) => id))));
        undo.shift();
        done += some.length;
        if (parts.length > 1) onProgress?.(done);
      }
    } catch (error) {
      for (const takeBack of undo.flat()) takeBack();
      throw error;
    }
  }

  /**
   * Deletes without waiting for a turn, for a page that goes.
   *
   * @param {Item[]} items
   * @param {(kind: Boxed, ids: number[]) => Promise<void>} write begins at once
   */
  async leave(items, write) {
    const undo = items.map((item) => this.#assume(item, { deleted: true }));
    const writes = [...byKind(items)].map(([kind, some]) => write(kind, some.map(({ id }) => id)));
    if ((await Promise.allSettled(writes)).some(({ status }) => status === "rejected")) for (const takeBack of undo) takeBack();
  }

  /** @param {() => Promise<void>} work */
  #persist(work) {
    return persist(work, { isPatient: true, pace: this.#pace });
  }

  /** @param {() => Promise<void>} work */
  #inTurn(work) {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /**
   * @param {Item} item
   * @param {Partial<Item>} fields
   * @returns {() => void} takes it back
   */
  #assume(item, fields) {
    const previous = this.#known.get(item);
    const undo = this.#known.assume(item, fields);
    if (!previous || !undo) return () => {};
    const assumed = { ...previous, ...fields };
    this.#onShown(assumed, previous);
    return () => {
      if (undo()) this.#onShown(previous, assumed);
    };
  }
}

/** @param {Item[]} items @returns {Map<Boxed, Item[]>} */
function byKind(items) {
  const groups = new Map();
  for (const item of items) {
    if (!groups.has(item.kind)) groups.set(item.kind, []);
    groups.get(item.kind).push(item);
  }
  return groups;
}

/** What goes into one request each. @param {Item[]} items */
function partsOf(items) {
  return [...byKind(items)].flatMap(([kind, some]) =>
    Array.from({ length: Math.ceil(some.length / MOST_AT_ONCE) }, (_, at) =>
      ({ kind, items: some.slice(at * MOST_AT_ONCE, (at + 1) * MOST_AT_ONCE) })));
}
