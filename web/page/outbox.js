// @ts-check
/** Sends what was written while there was no network, once each, also when the page was opened anew. */

import { CarillonError } from "../carillon.js";
import { t } from "./texts.js";

/** The server knows a key for a day: what waited for longer might be sent twice. */
const SAFE_MS = 23 * 60 * 60_000;

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("./keepsakes.js").Kept} Kept */
/** @typedef {import("./keepsakes.js").Keepsakes} Keepsakes */

/**
 * Fires `update` when the number of those that wait changed, `sent` with `{letter, ids}`, and `refused`
 * with `{letter, error}`: whoever can keep the letter calls `remove`.
 */
export class Outbox extends EventTarget {
  #client;
  /** @type {Keepsakes | null} */
  #kept = null;
  #isBusy = false;

  /** @param {Carillon} client */
  constructor(client) {
    super();
    this.#client = client;
  }

  /** @param {Keepsakes | null} kept those of who is signed in */
  open(kept) {
    this.#kept = kept;
    this.#tell();
    void this.flush();
  }

  get size() {
    return this.#kept?.letters.length ?? 0;
  }

  /** @param {Kept} letter @returns {boolean} false when it cannot be kept */
  add(letter) {
    const isKept = this.#kept?.add(letter) ?? false;
    this.#tell();
    return isKept;
  }

  /** @param {string} key of a letter */
  remove(key) {
    this.#kept?.remove(key);
    this.#tell();
  }

  /** Sends all that waits, in its order, until there is no answer. */
  async flush() {
    const kept = this.#kept;
    if (this.#isBusy || !kept || !navigator.onLine) return;
    this.#isBusy = true;
    try {
      for (const letter of kept.letters) {
        if (kept !== this.#kept || !(await this.#send(letter, kept))) break;
      }
    } finally {
      this.#isBusy = false;
    }
  }

  /** @param {Kept} letter @param {Keepsakes} kept @returns {Promise<boolean>} false when it is no use to go on */
  async #send(letter, kept) {
    if (Date.now() - letter.written > SAFE_MS) return this.#giveBack(letter, new Error(t("compose.stale")));
    try {
      const ids = await this.#client.send(letter);
      kept.remove(letter.key);
      this.#fire("sent", { letter, ids });
      this.#tell();
      return true;
    } catch (error) {
      if (!(error instanceof CarillonError) || error.isTemporary || kept !== this.#kept) return false;
      return this.#giveBack(letter, error);
    }
  }

  /** @param {Kept} letter @param {Error} error @returns {true} */
  #giveBack(letter, error) {
    this.#fire("refused", { letter, error });
    return true;
  }

  #tell() {
    this.#fire("update", this.size);
  }

  /** @param {string} type @param {unknown} detail */
  #fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
