// @ts-check
/** What can be done with all chosen rows at once; it stands in for the search while there are some. */

import { h, icon } from "../page/dom.js";
import { t } from "../page/texts.js";

/** @typedef {"all" | "none" | "read" | "unread" | "delete"} Deed */

/** Fires `act` with a deed as its detail. */
export class SelectionBar extends HTMLElement {
  #count = h("span", { class: "bar-count", role: "status" });
  /** @type {HTMLButtonElement[]} */
  #buttons = [];

  connectedCallback() {
    this.setAttribute("role", "toolbar");
    this.hidden = true;
  }

  /**
   * @param {number} count 0 hides it
   * @param {{canMark: boolean, isCancelling: boolean}} box what can be done in this box
   */
  show(count, { canMark, isCancelling }) {
    const isNews = this.hidden && count > 0;
    this.hidden = count === 0;
    if (isNews) this.#build(isCancelling);
    this.#count.textContent = count ? t("selection.count", { count }) : "";
    for (const button of this.#buttons) {
      if (button.dataset.deed === "read" || button.dataset.deed === "unread") button.hidden = !canMark;
    }
  }

  /** In the language of this moment. @param {boolean} isCancelling */
  #build(isCancelling) {
    this.setAttribute("aria-label", t("selection.bar"));
    this.#buttons = [
      this.#button("none", "close", t("selection.none"), "Escape"),
      this.#button("all", "all", t("selection.all")),
      this.#button("read", "read", t("reader.mark-read")),
      this.#button("unread", "unread", t("reader.mark-unread")),
      this.#button("delete", "bin", t(isCancelling ? "reader.cancel" : "reader.delete"), "Delete"),
    ];
    const [none, ...others] = this.#buttons;
    this.replaceChildren(none, this.#count, ...others);
  }

  /** @param {Deed} deed @param {string} sign @param {string} label @param {string} [key] */
  #button(deed, sign, label, key) {
    const button = h("button", { class: "button quiet square", type: "button", "aria-label": label, "aria-keyshortcuts": key,
      title: key ? `${label} (${key})` : label, "data-deed": deed }, icon(sign));
    button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("act", { detail: deed })));
    return button;
  }
}

customElements.define("carillon-selection", SelectionBar);
