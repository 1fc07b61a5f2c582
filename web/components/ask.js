// @ts-check
/** A question that is answered before anything else is done. */

import { part } from "../page/dom.js";

export class Ask extends HTMLElement {
  /**
   * @param {{title: string, text: string, yes: string}} question
   * @returns {Promise<boolean>} false when one thinks better of it
   */
  ask({ title, text, yes }) {
    const dialog = /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
    part(this, "title").textContent = title;
    part(this, "text").textContent = text;
    part(this, "yes").textContent = yes;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
  }
}

customElements.define("carillon-ask", Ask);
