// @ts-check
/** What was open when a session ended, for who signs in again: nothing that was being written is lost. */

import { say } from "../page/dom.js";

/** @typedef {{user: number, address: string, name: string, tab: import("./tab.js").Tab, dialogs: HTMLDialogElement[]}} Left */

export class Rest {
  /** @type {Left | null} */
  #left = null;

  /** @param {Left} left a tab and its dialogs, taken off the page */
  keep(left) {
    this.forget();
    this.#left = left;
  }

  /** What this person left at this address; whatever else was left is forgotten. @param {number} user @param {string} address */
  take(user, address) {
    const left = this.#left;
    if (left?.user !== user || left.address !== address) return this.forget();
    this.#left = null;
    return left;
  }

  /** @returns {null} */
  forget() {
    this.#left?.tab.close();
    this.#left = null;
    return null;
  }
}

/** Opens dialogs again that were taken off the page; what they complained of is over. @param {HTMLDialogElement[]} dialogs */
export function reopen(dialogs) {
  for (const dialog of dialogs) {
    for (const problem of dialog.querySelectorAll(".problem")) say(/** @type {HTMLElement} */ (problem), "");
    document.body.append(dialog);
    dialog.open = false;
    dialog.showModal();
  }
}
