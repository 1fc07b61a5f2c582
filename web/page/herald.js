// @ts-check
/** Which of one's tabs tells of what arrives while one looks elsewhere: the first, and none while one looks at another. */

export class Herald {
  /** What the tabs of one person agree by. */
  #name = "";
  #isFirst = false;
  #ends = new AbortController();
  /** Says that one does not look at this tab any more. */
  #turnAway = () => {};

  constructor() {
    addEventListener("focus", () => this.#look());
    addEventListener("blur", () => this.#turnAway());
  }

  /** @param {number} user who is signed in */
  open(user) {
    this.close();
    this.#name = `carillon.herald.${user}`;
    const { signal } = this.#ends = new AbortController();
    void this.#holding(this.#name, "exclusive", () => {
      this.#isFirst = true;
      return new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    if (document.hasFocus()) this.#look();
  }

  close() {
    this.#ends.abort();
    this.#turnAway();
    this.#isFirst = false;
    this.#name = "";
  }

  /** Whether this tab is the one to tell now. Browsers without locks, as on plain HTTP, let each tab tell for itself. */
  async isToTell() {
    if (document.hasFocus()) return false;
    if (!navigator.locks) return true;
    const { held = [] } = this.#isFirst ? await navigator.locks.query() : {};
    return this.#isFirst && !held.some(({ name }) => name === this.#seen);
  }

  get #seen() {
    return `${this.#name}.seen`;
  }

  #look() {
    this.#turnAway();
    if (!this.#name) return;
    void this.#holding(this.#seen, "shared", () => new Promise((resolve) => {
      this.#turnAway = () => resolve(null);
    }));
  }

  /** @param {string} name @param {LockMode} mode @param {() => Promise<unknown>} work the lock is held until it is done */
  async #holding(name, mode, work) {
    const { signal } = this.#ends;
    try {
      await navigator.locks?.request(name, { mode, signal }, work);
    } catch (error) {
      if (!signal.aborted) throw error; // it was closed before its turn came
    }
  }
}
