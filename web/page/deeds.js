// @ts-check
/** What one does with items: mark them, delete them. What fails is said, and so is what can be undone. */

import { t } from "./texts.js";
import { reasonOf } from "./words.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("../components/toasts.js").Toasts} Toasts */

export class Deeds {
  #client;
  #toasts;

  /**
   * @param {Carillon} client
   * @param {Toasts} toasts
   */
  constructor(client, toasts) {
    this.#client = client;
    this.#toasts = toasts;
  }

  /** @param {Item[]} items received ones @param {boolean} isRead */
  mark(items, isRead) {
    const others = items.filter((item) => item.is_read === !isRead);
    if (isRead) void this.#follow(others, (onProgress) => this.#client.markRead(others, onProgress), "item.failed-read");
    else void this.#follow(others, (onProgress) => this.#client.markUnread(others, onProgress), "item.failed-unread");
  }

  /**
   * Takes items away. What would have left later is cancelled at once: it might leave meanwhile.
   *
   * @param {Item[]} items of one box
   * @param {() => void} onBack they are there again
   */
  remove(items, onBack) {
    if (items[0]?.kind === "scheduled") return void this.attempt(() => this.#cancel(items), "item.failed-delete");
    const departure = this.#client.deleteLater(items);
    const text = items.length === 1 ? t("item.deleted") : t("selection.deleted", { count: items.length });
    this.#toasts.offer(text, {
      settle: () => void this.#follow(items, (onProgress) => departure.settle(onProgress), "item.failed-delete"),
      undo: () => {
        departure.undo();
        onBack();
      },
    });
  }

  /** @param {Item[]} items */
  async #cancel(items) {
    await this.#client.delete(items);
    this.#toasts.tell(t("scheduled.cancelled"));
  }

  /** Says how far it is, where it takes several requests. @param {Item[]} items @param {(onProgress: (done: number) => void) => Promise<void>} work @param {string} otherwise */
  async #follow(items, work, otherwise) {
    const course = this.#toasts.follow();
    await this.attempt(() => work((done) => course.show(t("selection.progress", { count: done, all: items.length }), done / items.length)), otherwise);
    course.end();
  }

  /** @param {() => Promise<void>} work @param {string} otherwise the name of the text that says what failed */
  async attempt(work, otherwise) {
    try {
      await work();
    } catch (error) {
      if (this.#client.user) this.#toasts.warn(t(otherwise, { reason: reasonOf(error) }));
    }
  }
}
