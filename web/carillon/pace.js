// @ts-check
/** Every wait and limit of the library, times one factor: 1, but in tests. */

export class Pace {
  /** @param {number} [scale] */
  constructor(scale = 1) {
    this.scale = scale;
  }

  /** @param {number} ms */
  of(ms) {
    return ms * this.scale;
  }

  /**
   * @param {() => void} work
   * @param {number} ms
   * @returns {number} to be given to `clearTimeout`
   */
  later(work, ms) {
    return setTimeout(work, this.of(ms));
  }

  /** @param {number} ms @returns {Promise<void>} */
  pause(ms) {
    return new Promise((resolve) => this.later(resolve, ms));
  }

  /** @param {number} ms @returns {AbortSignal} fires when the time is over */
  limit(ms) {
    return AbortSignal.timeout(Math.ceil(this.of(ms)));
  }
}
