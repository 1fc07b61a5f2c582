// @ts-check
/** What one does with items: mark them, delete them. What fails is said, and so is what can be undone. */

import { markOf, perform, removalOf } from "./errands.js";
import { t } from "./texts.js";
import { reasonOf } from "./words.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("../components/toasts.js").Toasts} Toasts */
/** @typedef {import("../carillon/writes.js").OnProgress} OnProgress */
/** @typedef {import("./errands.js").Deed} Deed */
/** @typedef {import("./outbox.js").Outbox} Outbox */

export class Deeds {
  #client;
  #toasts;
  #outbox;

  /**
   * @param {Carillon} client
   * @param {Toasts} toasts
   * @param {Outbox} outbox
   */
  constructor(client, toasts, outbox) {
    this.#client = client;
    this.#toasts = toasts;
    this.#outbox = outbox;
  }

  /** @param {Item[]} items received ones @param {boolean} isRead */
  mark(items, isRead) {
    const others = items.filter((item) => item.is_read === !isRead);
    const deed = markOf(others, isRead);
    void this.#follow(deed, (onProgress) => perform(this.#client, deed, onProgress), isRead ? "item.failed-read" : "item.failed-unread");
  }

  /**
   * Takes items away. What would have left later is cancelled at once: it might leave meanwhile.
   *
   * @param {Item[]} items of one box
   * @param {() => void} onBack they are there again
   */
  remove(items, onBack) {
    const deed = removalOf(items);
    if (items[0]?.kind === "scheduled") return void this.#follow(deed, (onProgress) => this.#cancel(deed, onProgress), "item.failed-delete");
    const departure = this.#client.deleteLater(items);
    const text = items.length === 1 ? t("item.deleted") : t("selection.deleted", { count: items.length });
    this.#toasts.offer(text, {
      settle: () => void this.#follow(deed, (onProgress) => departure.settle(onProgress), "item.failed-delete"),
      undo: () => {
        departure.undo();
        onBack();
      },
    });
  }

  /** @param {Deed} deed @param {OnProgress} onProgress */
  async #cancel(deed, onProgress) {
    await perform(this.#client, deed, onProgress);
    this.#toasts.tell(t("scheduled.cancelled"));
  }

  /**
   * Says how far it is, where it takes several requests; without a network it outlives the page.
   *
   * @param {Deed} deed
   * @param {(onProgress: OnProgress) => Promise<void>} work
   * @param {string} otherwise
   */
  async #follow(deed, work, otherwise) {
    const [all, course, release] = [deed.items.length, this.#toasts.follow(), this.#outbox.hold(deed)];
    await this.attempt(() => work((done) => course.show(t("selection.progress", { count: done, all }), done / all)), otherwise);
    release();
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
