// @ts-check
/** What was measured lately: kept from when the console was opened, so that no tab begins empty. */

/** @typedef {Record<string, any>} Frame a `stats` frame (docs/protocol.md) */

/** How much is kept and drawn. */
export const KEPT_S = 120;

/** Fires `update` with each new frame. */
export class Figures extends EventTarget {
  /** The oldest first. @type {{at: number, frame: Frame}[]} */
  kept = [];

  /** @param {import("../carillon.js").Carillon} client */
  constructor(client) {
    super();
    client.addEventListener("stats", (event) => this.#take(/** @type {CustomEvent} */ (event).detail));
  }

  /** @returns {Frame | null} */
  get last() {
    return this.kept.at(-1)?.frame ?? null;
  }

  /** How long (ms) nothing was heard. */
  get ageMs() {
    return performance.now() - (this.kept.at(-1)?.at ?? -Infinity);
  }

  /**
   * One figure over the time that is kept.
   *
   * @param {string} name
   * @returns {{ago: number, value: number}[]} `ago` in seconds; the oldest first
   */
  series(name) {
    const now = performance.now();
    return this.kept.filter(({ frame }) => typeof frame[name] === "number")
      .map(({ at, frame }) => ({ ago: (now - at) / 1000, value: frame[name] }));
  }

  clear() {
    this.kept = [];
  }

  /** @param {Frame} frame */
  #take(frame) {
    const at = performance.now();
    this.kept = [...this.kept.filter((one) => at - one.at < KEPT_S * 1000), { at, frame }];
    this.dispatchEvent(new Event("update"));
  }
}
