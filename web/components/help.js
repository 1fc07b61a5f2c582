// @ts-check
/** The dialog with the keyboard shortcuts, and the switch that turns the single keys off. */

import { find, h, part } from "../page/dom.js";

/** Keys, and the text of what they do. @type {[string[], string][]} */
const KEYS = [
  [["J", "↓"], "help.next"],
  [["K", "↑"], "help.previous"],
  [["Enter"], "help.open"],
  [["Esc"], "help.close"],
  [["U"], "help.mark"],
  [["E"], "help.edit"],
  [["R"], "help.reply"],
  [["#", "Delete"], "help.delete"],
  [["X"], "help.choose"],
  [["Z"], "help.undo"],
  [["/"], "help.search"],
  [["C"], "help.compose"],
  [["?"], "help.help"],
];

const STORED = "carillon.single-keys";

export class Help extends HTMLElement {
  /** @type {HTMLDialogElement} */
  #dialog = find(this, "dialog");
  /** @type {HTMLInputElement} */
  #switch = part(this, "single-keys");

  connectedCallback() {
    part(this, "keys").append(...KEYS.map(([keys, text]) => line(keys, text)));
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

/** @param {string[]} keys @param {string} text */
function line(keys, text) {
  return h("div", {}, h("dt", {}, ...keys.flatMap((key) => [h("kbd", {}, key), " "])), h("dd", { "data-text": text }));
}

customElements.define("carillon-help", Help);
