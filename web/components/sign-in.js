// @ts-check
/** The form one comes in by. */

import { CarillonError } from "../carillon.js";
import { h, icon, say } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */

const BESIDE = "sign-in-problem";

/** Its `title-text` names the text above the form. Fires `signedin`. */
export class SignIn extends HTMLElement {
  /** @type {Carillon | null} */
  client = null;

  #reason = h("p", { class: "note", role: "status", hidden: true });
  #name = h("input", { id: "username", name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true });
  #password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true });
  #problem = h("p", { class: "problem", role: "alert", id: BESIDE, hidden: true });
  #button = h("button", { class: "button primary wide", type: "submit", "data-text": "sign-in.button" });
  #form = h("form", { class: "card", method: "post", novalidate: true });
  #isBusy = false;

  connectedCallback() {
    const mark = icon("bell");
    mark.setAttribute("class", "mark");
    const title = h("h1", { "data-text": this.getAttribute("title-text") });
    this.#form.append(mark, title, this.#reason, labelled("sign-in.name", this.#name), labelled("sign-in.password", this.#password), this.#problem, this.#button);
    this.append(h("main", { class: "sign-in" }, this.#form));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  /** @param {string} [reason] why one is here again */
  show(reason = "") {
    this.#form.reset();
    this.#complain("");
    say(this.#reason, reason);
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
    say(this.#problem, text);
    for (const input of [this.#name, this.#password]) {
      if (text) input.setAttribute("aria-describedby", BESIDE);
      else input.removeAttribute("aria-describedby");
    }
  }
}

customElements.define("carillon-sign-in", SignIn);

/** @param {string} text its name @param {HTMLInputElement} input */
function labelled(text, input) {
  return h("div", { class: "field" }, h("label", { for: input.id, "data-text": text }), input);
}
