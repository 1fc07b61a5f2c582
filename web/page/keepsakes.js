// @ts-check
/** What one wrote and the server does not have yet, kept in this browser for each person by himself. */

/** @typedef {import("../carillon.js").Letter} Letter */
/** @typedef {import("../carillon.js").Person} Person */

/**
 * @typedef {object} Change what waits and is no letter
 * @property {"reschedule" | "confirm" | "prefer" | "mark" | "delete"} errand
 * @property {string} key another one of the same key takes its place
 */

/** @typedef {Letter & {errand?: "send", key: string, people: Person[], written: number}} KeptLetter a letter that waits to be sent; `written` in ms */
/** @typedef {KeptLetter | (Change & Record<string, any>)} Kept */

export class Keepsakes {
  #name;

  /** @param {number} user whose they are */
  constructor(user) {
    this.user = user;
    this.#name = (/** @type {string} */ what) => `carillon.${what}.${user}`;
  }

  /** What is being written, as the dialog gave it. @returns {any} null when nothing is */
  get draft() {
    return this.#read("draft");
  }

  set draft(draft) {
    this.#write("draft", draft);
  }

  /** What waits to be sent, the oldest first. @returns {Kept[]} */
  get letters() {
    return this.#read("outbox") ?? [];
  }

  /** @param {Kept} letter @returns {boolean} false when the browser keeps nothing */
  add(letter) {
    return this.#write("outbox", [...this.letters.filter(({ key }) => key !== letter.key), letter]);
  }

  /** @param {string} key */
  remove(key) {
    const others = this.letters.filter((letter) => letter.key !== key);
    this.#write("outbox", others.length ? others : null);
  }

  /** What is being written to sets of messages, by their number. @returns {Record<string, import("../console/message-files.js").Given[]>} */
  get uploads() {
    return this.#read("uploads") ?? {};
  }

  /** @param {number} set @param {import("../console/message-files.js").Given[]} messages none: nothing is written to it any more @returns {boolean} false when the browser keeps nothing */
  keepUpload(set, messages) {
    const { [set]: _, ...others } = this.uploads;
    const all = messages.length ? { ...others, [set]: messages } : others;
    return this.#write("uploads", Object.keys(all).length ? all : null);
  }

  dropUploads() {
    this.#write("uploads", null);
  }

  clear() {
    for (const what of ["draft", "outbox", "uploads"]) this.#write(what, null);
  }

  /** @param {string} what */
  #read(what) {
    try {
      return JSON.parse(localStorage.getItem(this.#name(what)) ?? "null");
    } catch {
      return null; // written by hand, or storage is barred
    }
  }

  /** @param {string} what @param {unknown} value null removes @returns {boolean} */
  #write(what, value) {
    try {
      if (value === null) localStorage.removeItem(this.#name(what));
      else localStorage.setItem(this.#name(what), JSON.stringify(value));
      return true;
    } catch {
      return false; // it is full, or barred
    }
  }
}
