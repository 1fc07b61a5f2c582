// @ts-check
/** The dialog with the keyboard shortcuts, and the switch that turns the single keys off. */

import { find, part } from "../page/dom.js";

const STORED = "carillon.single-keys";

export class Help extends HTMLElement {
  /** @type {HTMLDialogElement} */
  #dialog = find(this, "dialog");
  /** @type {HTMLInputElement} */
  #switch = part(this, "single-keys");

  connectedCallback() {
    this.#switch.checked = localStorage.getItem(STORED) !== "off";
    this.#switch.addEventListener("change", () => localStorage.setItem(STORED, this.#switch.checked ? "on" : "off"));
  }

  /** Whether single keys are shortcuts: people who speak to their computer turn them off. */
  get hasSingleKeys() {
    return this.#switch.checked;
  }

  open() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  close() {
    this.#dialog.close();
  }
}

customElements.define("carillon-help", Help);
