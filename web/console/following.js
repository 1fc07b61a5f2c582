// @ts-check
/** Looking again and again, while something is on its way and somebody looks. */

const EVERY_MS = 2_000;

/** An element that is drawn anew every two seconds for as long as it is on the page and `isUnderWay`. */
export class Following extends HTMLElement {
  #timer = 0;

  /** Whether there is something to wait for. */
  isUnderWay() {
    return false;
  }

  /** Asks how far it is and shows it; may fail, and is then asked again. */
  async look() {}

  connectedCallback() {
    this.#later();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#again(), EVERY_MS);
  }

  async #again() {
    if (document.visibilityState !== "hidden" && this.isUnderWay()) await this.look().catch(() => null);
    if (this.isConnected) this.#later();
  }
}
