// @ts-check
/** The form above the list: words, a person, a stretch of days. */

import { complain, find, part } from "../page/dom.js";
import { nameOfSearch } from "../page/route.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import "./people-picker.js";

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
  /** @type {import("./people-picker.js").PeoplePicker} */
  #person = find(this, "carillon-people");
  /** @type {HTMLDetailsElement} */
  #more = find(this, "details");

  connectedCallback() {
    this.#person.search = async (name, options) => (await this.client?.people(name, options)) ?? [];
    this.#person.addEventListener("chosen", () => this.#complain(""));
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

  /** Says what is looked for, or that nothing is. @param {Wanted | null} wanted */
  settle(wanted) {
    if (!wanted) {
      if (!this.contains(document.activeElement)) this.clear();
      return;
    }
    for (const name of /** @type {const} */ (["q", "since", "until"])) {
      /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(name)).value = wanted[name] ?? "";
    }
    this.#person.choose(wanted.with ? [{ id: wanted.with, username: wanted.who || t("search.person") }] : []);
    this.#more.classList.toggle("narrowed", Boolean(wanted.with || wanted.since || wanted.until));
  }

  clear() {
    this.#form.reset();
    this.#person.choose([]);
    this.#more.open = false;
    this.#more.classList.remove("narrowed");
    this.#complain("");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (this.#more.open) this.#fold();
    else this.dispatchEvent(new Event("leave"));
  }

  /** Closes what was opened, and is where that was done. */
  #fold() {
    const hadFocus = this.#more.contains(document.activeElement);
    this.#more.open = false;
    if (hadFocus) find(this.#more, "summary").focus();
  }

  async #submit() {
    this.#complain("");
    try {
      const wanted = await this.#wanted();
      if (!wanted) return;
      this.#fold();
      this.dispatchEvent(new CustomEvent("find", { detail: nameOfSearch(wanted) }));
    } catch (error) {
      this.#complain(reasonOf(error));
    }
  }

  /** @returns {Promise<Wanted | null>} null when there is nothing to look for, or nobody of that name */
  async #wanted() {
    if (!(await this.#person.settle())) {
      this.#more.open = true;
      this.#complain(t("compose.nobody-choose", { name: this.#person.rest }));
      this.#person.input.focus();
      return null;
    }
    const fields = Object.fromEntries(new FormData(this.#form).entries());
    const [q, since, until] = [fields.q, fields.since, fields.until].map((one) => String(one ?? "").trim());
    const [person] = this.#person.chosen;
    return q || since || until || person ? { q, since, until, with: person?.id, who: person?.username } : null;
  }

  /** @param {string} text */
  #complain(text) {
    complain(this, "problem", text);
  }
}

customElements.define("carillon-search", Search);
