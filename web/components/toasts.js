// @ts-check
/** Short news in a corner. They never take the focus; what went wrong stays until it is put away. */

import { h, icon } from "../page/dom.js";
import { t } from "../page/texts.js";

const STAY_MS = 5_000;
const MOST = 3;

export class Toasts extends HTMLElement {
  connectedCallback() {
    this.setAttribute("role", "status");
    this.setAttribute("aria-live", "polite");
  }

  /** @param {string} text */
  tell(text) {
    const toast = this.#add(text, "");
    this.#leave(toast);
  }

  /** @param {string} text */
  warn(text) {
    this.#add(text, "bad");
  }

  clear() {
    this.replaceChildren();
  }

  /** @param {string} text @param {string} mood */
  #add(text, mood) {
    const close = h("button", { class: "button quiet square", type: "button", "aria-label": t("toast.dismiss") }, icon("close"));
    const toast = h("div", { class: `toast ${mood}`.trim() }, h("p", { dir: "auto" }, text), close);
    close.addEventListener("click", () => toast.remove());
    while (this.children.length >= MOST) this.firstElementChild?.remove();
    this.append(toast);
    return toast;
  }

  /** Goes by itself, unless one is looking at it closely. @param {HTMLElement} toast */
  #leave(toast) {
    const timer = setInterval(() => {
      if (toast.matches(":hover, :focus-within")) return;
      clearInterval(timer);
      toast.remove();
    }, STAY_MS);
  }
}

customElements.define("carillon-toasts", Toasts);
