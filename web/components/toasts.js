// @ts-check
/** Short news in a corner. They never take the focus; what went wrong stays until it is put away. */

import { find, h, icon } from "../page/dom.js";
import { t } from "../page/texts.js";

const STAY_MS = 5_000;
const UNDO_MS = 7_000;
const MOST = 3;

/** @typedef {{undo: () => void, settle: () => void}} Ends one of them is called, once */
/** @typedef {{show: (text: string, part: number) => void, end: () => void}} Course how far something is; `part` of 1 */

export class Toasts extends HTMLElement {
  /** What is still to be decided. @type {Map<Element, Ends>} */
  #offers = new Map();

  connectedCallback() {
    this.setAttribute("role", "status");
    this.setAttribute("aria-live", "polite");
  }

  /** @param {string} text */
  tell(text) {
    this.#leave(this.#add(text, ""), STAY_MS);
  }

  /**
   * Tells of something that can be undone while it stands; it is settled when it goes.
   *
   * @param {string} text
   * @param {Ends} ends
   */
  offer(text, ends) {
    const undo = h("button", { class: "button", type: "button", "aria-keyshortcuts": "z", title: t("toast.undo-key") }, t("toast.undo"));
    const toast = this.#add(text, "", undo);
    this.#offers.set(toast, ends);
    undo.addEventListener("click", () => this.#undo(toast));
    this.#leave(toast, UNDO_MS);
  }

  /** Shows how far something is, from when it is first told until it ends. @returns {Course} */
  follow() {
    const bar = h("progress", { "aria-hidden": "true", max: 1 });
    /** @type {HTMLElement | null} */
    let toast = null;
    return {
      show: (text, part) => {
        toast ??= this.#add("", "", bar);
        find(toast, "p").textContent = text;
        bar.value = part;
      },
      end: () => toast && this.#remove(toast),
    };
  }

  /** Undoes what was offered last. @returns {boolean} false when there is nothing to undo */
  undo() {
    const last = [...this.#offers.keys()].at(-1);
    if (last) this.#undo(last);
    return last !== undefined;
  }

  /** @param {string} text */
  warn(text) {
    this.#add(text, "bad");
  }

  clear() {
    for (const toast of [...this.children]) this.#remove(toast);
  }

  /** @param {string} text @param {string} mood @param {HTMLElement | null} [deed] */
  #add(text, mood, deed = null) {
    const close = h("button", { class: "button quiet square", type: "button", "aria-label": t("toast.dismiss") }, icon("close"));
    const toast = h("div", { class: `toast ${mood}`.trim() }, h("p", { dir: "auto" }, text), deed, close);
    close.addEventListener("click", () => this.#remove(toast));
    while (this.children.length >= MOST) this.#remove(this.children[0]);
    this.append(toast);
    return toast;
  }

  /** @param {Element} toast */
  #undo(toast) {
    const ends = this.#offers.get(toast);
    this.#offers.delete(toast);
    this.#remove(toast);
    ends?.undo();
  }

  /** @param {Element} toast */
  #remove(toast) {
    const ends = this.#offers.get(toast);
    this.#offers.delete(toast);
    toast.remove();
    ends?.settle();
  }

  /** Goes by itself, unless one is looking at it closely. @param {HTMLElement} toast @param {number} ms */
  #leave(toast, ms) {
    const timer = setInterval(() => {
      if (toast.isConnected && toast.matches(":hover, :focus-within")) return;
      clearInterval(timer);
      if (toast.isConnected) this.#remove(toast);
    }, ms);
  }
}

customElements.define("carillon-toasts", Toasts);
