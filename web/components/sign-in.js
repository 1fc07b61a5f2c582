// @ts-check
/** The form one comes in by. */

import { CarillonError } from "../carillon.js";
import { find, part, say } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */

/** Fires `signedin`. */
export class SignIn extends HTMLElement {
  /** @type {Carillon | null} */
  client = null;

  /** @type {HTMLFormElement} */
  #form = find(this, "form");
  /** @type {HTMLInputElement} */
  #name = find(this, "#username");
  /** @type {HTMLInputElement} */
  #password = find(this, "#password");
  /** @type {HTMLButtonElement} */
  #button = find(this, "button");
  #isBusy = false;

  connectedCallback() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  /** @param {string} [reason] why one is here again */
  show(reason = "") {
    this.#form.reset();
    this.#complain("");
    say(part(this, "reason"), reason);
    this.hidden = false;
    this.#name.focus();
  }

  async #submit() {
    const [name, password] = [this.#name.value.trim(), this.#password.value];
    if (!name || !password) return this.#incomplete(name);
    if (this.#isBusy) return;
    this.#busy(true);
    try {
      await this.client?.signIn(name, password);
      this.#form.reset();
      this.dispatchEvent(new Event("signedin"));
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#busy(false);
    }
  }

  /** @param {string} name */
  #incomplete(name) {
    this.#complain(t(name ? "sign-in.password-missing" : "sign-in.name-missing"));
    (name ? this.#password : this.#name).focus();
  }

  /** @param {unknown} error */
  #refused(error) {
    const isWrong = error instanceof CarillonError && [400, 401, 403].includes(error.status);
    this.#complain(isWrong ? t("sign-in.wrong") : reasonOf(error));
    if (isWrong) this.#password.select();
  }

  /** @param {boolean} isBusy */
  #busy(isBusy) {
    this.#isBusy = isBusy;
    this.#button.textContent = t(isBusy ? "sign-in.signing" : "sign-in.button");
    this.#button.setAttribute("aria-disabled", String(isBusy));
  }

  /** @param {string} text */
  #complain(text) {
    say(part(this, "problem"), text);
    for (const input of [this.#name, this.#password]) {
      if (text) input.setAttribute("aria-describedby", "sign-in-problem");
      else input.removeAttribute("aria-describedby");
    }
  }
}

customElements.define("carillon-sign-in", SignIn);
