// @ts-check
/** Does what was done and written while there was no network, once each, also when the page was opened anew. */

import { backoffMs, CarillonError } from "../carillon.js";
import { perform } from "./errands.js";
import { t } from "./texts.js";

/** The server knows a key for a day: what waited for longer might be sent twice. */
const SAFE_MS = 23 * 60 * 60_000;

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("./keepsakes.js").Kept} Kept */
/** @typedef {import("./keepsakes.js").Keepsakes} Keepsakes */

/**
 * Fires `update` with what waits whenever that changed, `done` with `{kept, answer}`, and `refused`
 * with `{kept, error}`: whoever can keep it, or needs not, calls `remove`.
 */
export class Outbox extends EventTarget {
  #client;
  /** @type {Keepsakes | null} */
  #kept = null;
  #isBusy = false;
  /** The keys of what this page does by itself. @type {Set<string>} */
  #held = new Set();
  /** How often in a row there was no answer, and when it is tried again. */
  #failures = 0;
  #timer = 0;

  /** @param {Carillon} client */
  constructor(client) {
    super();
    this.#client = client;
  }

  /** @param {Keepsakes | null} kept those of who is signed in */
  open(kept) {
    this.#kept = kept;
    this.#held.clear();
    this.#tell();
    void this.flush();
  }

  /** The oldest first. @returns {Kept[]} */
  get waiting() {
    return this.#kept?.letters ?? [];
  }

  /** @param {Kept} kept @returns {boolean} false when it cannot be kept */
  add(kept) {
    const isKept = this.#kept?.add(kept) ?? false;
    this.#tell();
    return isKept;
  }

  /**
   * Keeps what this page does by itself once there is a network: the next one does it when this one is gone by then.
   *
   * @param {Kept} kept
   * @returns {() => void} ends that: it is done, or refused
   */
  hold(kept) {
    const keepsakes = this.#kept;
    if (navigator.onLine || !this.add(kept)) return () => {};
    this.#held.add(kept.key);
    return () => {
      if (keepsakes === this.#kept && this.#held.delete(kept.key)) this.remove(kept.key);
    };
  }

  /** @param {string} key of what waits */
  remove(key) {
    this.#kept?.remove(key);
    this.#tell();
  }

  /** Does all that waits, in its order, until there is no answer. */
  async flush() {
    const kept = this.#kept;
    if (this.#isBusy || !kept || !navigator.onLine) return;
    clearTimeout(this.#timer);
    this.#isBusy = true;
    try {
      for (const one of kept.letters.filter(({ key }) => !this.#held.has(key))) {
        if (kept !== this.#kept) break;
        if (!(await this.#do(one, kept))) return this.#later();
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #later() {
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.flush(), backoffMs(this.#failures));
  }

  /** @param {Kept} one @param {Keepsakes} kept @returns {Promise<boolean>} false when it is no use to go on */
  async #do(one, kept) {
    if (Date.now() - one.written > SAFE_MS) return this.#giveBack(one, new Error(t("compose.stale")));
    try {
      const answer = await perform(this.#client, one);
      kept.remove(one.key);
      this.#failures = 0;
      this.#fire("done", { kept: one, answer });
      this.#tell();
      return true;
    } catch (error) {
      if (!(error instanceof CarillonError) || kept !== this.#kept || isWorthRepeating(one, error)) return false;
      return this.#giveBack(one, error);
    }
  }

  /** @param {Kept} kept @param {Error} error @returns {true} */
  #giveBack(kept, error) {
    this.#fire("refused", { kept, error });
    return true;
  }

  #tell() {
    this.#fire("update", this.waiting);
  }

  /** @param {string} type @param {unknown} detail */
  #fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** A key is busy, with 409, while its first request runs; what leaves later is so once it is leaving. @param {Kept} kept @param {CarillonError} error */
function isWorthRepeating({ errand }, { isTemporary, status }) {
  return isTemporary && !(status === 409 && errand === "reschedule");
}
