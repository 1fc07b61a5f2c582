// @ts-check
/** Changes that are shown before the server has confirmed them, and sent in the order they were made. */

import { persist } from "./http.js";

/** @typedef {import("./api.js").Boxed} Boxed */
/** @typedef {import("./known.js").Item} Item */
/** @typedef {import("./known.js").Known} Known */

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
   * Shows a change at once, asks the server for it, and takes it back when it is refused.
   *
   * @param {Item[]} items
   * @param {Partial<Item>} fields
   * @param {(kind: Boxed, ids: number[]) => Promise<void>} write
   */
  async make(items, fields, write) {
    const undo = items.map((item) => this.#assume(item, fields));
    try {
      for (const [kind, ids] of byKind(items)) await this.#inTurn(() => this.#persist(() => write(kind, ids)));
    } catch (error) {
      for (const takeBack of undo) takeBack();
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
    const writes = [...byKind(items)].map(([kind, ids]) => write(kind, ids));
    if ((await Promise.allSettled(writes)).some(({ status }) => status === "rejected")) for (const takeBack of undo) takeBack();
  }

  /** @param {() => Promise<void>} work */
  #persist(work) {
    return persist(work, { pace: this.#pace });
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

/** @param {Item[]} items @returns {Map<Boxed, number[]>} */
function byKind(items) {
  const groups = new Map();
  for (const { kind, id } of items) groups.set(kind, [...(groups.get(kind) ?? []), id]);
  return groups;
}
