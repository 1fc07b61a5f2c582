// @ts-check
/** The form above the list: words, a person, a stretch of days. */

import { find, part, say } from "../page/dom.js";
import { nameOfSearch } from "../page/route.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("../page/route.js").Search} Wanted */

/** Fires `find` with the name of the view that shows what was found, `leave` when one gives up. */
export class Search extends HTMLElement {
  /** @type {Carillon | null} */
  client = null;

  /** @type {HTMLFormElement} */
  #form = find(this, "form");
  /** @type {HTMLInputElement} */
  #text = part(this, "q");
  /** @type {HTMLInputElement} */
  #person = part(this, "person");
  /** @type {HTMLDetailsElement} */
  #more = find(this, "details");

  connectedCallback() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !this.contains(relatedTarget)) this.#more.open = false;
    });
  }

  focus() {
    this.#text.focus();
    this.#text.select();
  }

  /** Empties the form when one is elsewhere. @param {boolean} isShown whether a search is shown */
  settle(isShown) {
    if (isShown || this.contains(document.activeElement)) return;
    this.clear();
  }

  clear() {
    this.#form.reset();
    this.#more.open = false;
    this.#complain("");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (this.#more.open) this.#more.open = false;
    else this.dispatchEvent(new Event("leave"));
  }

  async #submit() {
    this.#complain("");
    try {
      const wanted = await this.#wanted();
      if (!wanted) return;
      this.#more.open = false;
      this.dispatchEvent(new CustomEvent("find", { detail: nameOfSearch(wanted) }));
    } catch (error) {
      this.#complain(reasonOf(error));
    }
  }

  /** @returns {Promise<Wanted | null>} null when there is nothing to look for, or nobody of that name */
  async #wanted() {
    const fields = Object.fromEntries(new FormData(this.#form).entries());
    const [q, since, until] = [fields.q, fields.since, fields.until].map((one) => String(one ?? "").trim());
    const name = this.#person.value.trim();
    const person = name ? await this.#find(name) : undefined;
    if (name && !person) {
      this.#more.open = true;
      this.#complain(t("compose.nobody", { name }));
      this.#person.focus();
      return null;
    }
    return q || since || until || person ? { q, since, until, with: person } : null;
  }

  /** @param {string} name @returns {Promise<number | undefined>} */
  async #find(name) {
    const people = (await this.client?.people(name)) ?? [];
    return people.find(({ username }) => username.toLowerCase() === name.toLowerCase())?.id;
  }

  /** @param {string} text */
  #complain(text) {
    say(part(this, "problem"), text);
    this.#person.toggleAttribute("aria-invalid", text !== "");
  }
}

customElements.define("carillon-search", Search);
