// @ts-check
/** People found by name: a combobox whose choices become chips. */

import { arrange, avatar, find, h, icon } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";

/** @typedef {import("../carillon.js").Person} Person */

const TYPING_MS = 120;

/** Fires `chosen` when who is chosen changed. With the attribute `one`, a choice takes the place of the one before. */
export class PeoplePicker extends HTMLElement {
  /** @type {Person[]} */
  chosen = [];
  /** Finds people by a part of the name; given by the owner. @type {(name: string, options: {signal: AbortSignal}) => Promise<Person[]>} */
  search = async () => [];

  /** @type {Person[]} */
  #found = [];
  #active = -1;
  #timer = 0;
  #asking = new AbortController();
  /** @type {HTMLInputElement} */
  input = find(this, "input");
  #chips = find(this, ".chips");
  #options = find(this, ".options");

  constructor() {
    super();
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.#close());
    this.addEventListener("mousedown", (event) => this.#pressed(event));
  }

  connectedCallback() {
    this.#draw();
  }

  /** @param {Person[]} people */
  choose(people) {
    this.chosen = people;
    this.input.value = "";
    this.#close();
    this.#draw();
    this.dispatchEvent(new Event("chosen"));
  }

  /** @returns {string} what was typed and is nobody yet */
  get rest() {
    return this.input.value.trim();
  }

  /** Takes a name that was typed out but not chosen. @returns {Promise<boolean>} false when it is nobody's */
  async settle() {
    const name = this.rest.toLowerCase();
    if (!name) return true;
    const people = await this.search(name, { signal: new AbortController().signal });
    const exact = people.find(({ username }) => username.toLowerCase() === name);
    if (exact) this.#add(exact);
    return exact !== undefined;
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#asking.abort();
    if (!this.rest) return this.#close();
    this.#timer = setTimeout(() => void this.#ask(this.rest), TYPING_MS);
  }

  /** @param {string} name */
  async #ask(name) {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const people = await this.search(name, { signal });
      if (signal.aborted) return;
      const taken = new Set(this.chosen.map(({ id }) => id));
      this.#offer(people.filter(({ id }) => !taken.has(id)), t("compose.nobody", { name }));
    } catch (error) {
      if (!signal.aborted) this.#offer([], reasonOf(error));
    }
  }

  /** @param {Person[]} people @param {string} otherwise said when there is nobody */
  #offer(people, otherwise) {
    this.#found = people;
    this.#active = people.length ? 0 : -1;
    const none = h("li", { class: "none", role: "option", "aria-disabled": "true" }, otherwise);
    arrange(this.#options, people.length ? people.map((person, index) => this.#option(person, index)) : [none]);
    this.#options.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.#point();
  }

  /** @param {Person} person @param {number} index */
  #option(person, index) {
    const option = h("li", { id: this.#nameOf(index), role: "option" }, avatar(person.username), h("bdi", {}, person.username));
    option.addEventListener("click", () => this.#pick(person));
    return option;
  }

  /** @param {number} index of an option */
  #nameOf(index) {
    return `${this.#options.id}-${index}`;
  }

  #close() {
    clearTimeout(this.#timer);
    this.#asking.abort();
    this.#found = [];
    this.#active = -1;
    this.#options.replaceChildren();
    this.#options.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.#point();
  }

  /** Tells which option Enter takes. */
  #point() {
    Array.from(this.#options.children).forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === this.#active));
      if (index === this.#active) option.scrollIntoView({ block: "nearest" });
    });
    if (this.#active < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", this.#nameOf(this.#active));
  }

  /** @param {Person} person */
  #pick(person) {
    this.#add(person);
    this.input.focus();
  }

  /** @param {Person} person */
  #add(person) {
    const others = this.hasAttribute("one") ? [] : this.chosen.filter(({ id }) => id !== person.id);
    this.choose([...others, person]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Backspace" && !this.input.value && this.chosen.length) return this.#drop(this.chosen.length - 1);
    const handled = this.#options.hidden ? this.#keyClosed(event.key) : this.#keyOpen(event.key);
    if (!handled) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} key @returns {boolean} */
  #keyClosed(key) {
    if (key !== "ArrowDown" || !this.rest) return false;
    void this.#ask(this.rest);
    return true;
  }

  /** @param {string} key @returns {boolean} */
  #keyOpen(key) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    const count = this.#found.length;
    if (step && count) this.#active = (this.#active + step + count) % count;
    if (step) this.#point();
    if (key === "Escape") this.#close();
    if ((key === "Enter" || key === "Tab") && this.#active >= 0) this.#pick(this.#found[this.#active]);
    return Boolean(step) || key === "Escape" || key === "Enter" || (key === "Tab" && count > 0);
  }

  /** @param {MouseEvent} event keeps the focus in the field, from which it would close the options */
  #pressed(event) {
    const target = /** @type {Element} */ (event.target);
    if (target === this.input || target.closest("button")) return;
    event.preventDefault();
    this.input.focus();
  }

  /** @param {number} index */
  #drop(index) {
    this.choose(this.chosen.toSpliced(index, 1));
    this.input.focus();
  }

  #draw() {
    arrange(this.#chips, this.chosen.map((person, index) => this.#chip(person, index)));
    this.#chips.hidden = this.chosen.length === 0;
  }

  /** @param {Person} person @param {number} index */
  #chip({ username }, index) {
    const remove = h("button", { type: "button", "aria-label": t("compose.remove", { name: username }) }, icon("close"));
    remove.addEventListener("click", () => this.#drop(index));
    return h("li", { class: "chip" }, h("bdi", {}, username), remove);
  }
}

customElements.define("carillon-people", PeoplePicker);
