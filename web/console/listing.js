// @ts-check
/** A list that is read from the server page by page, with a search, what is done with a row, and why it is empty. */

import { h, icon } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { redraw, table } from "./parts.js";
import { BACK } from "./tab.js";

/** @typedef {import("../carillon/console.js").Stretch} Stretch */

/**
 * @typedef {object} Plan
 * @property {string} caption
 * @property {import("./parts.js").Column[]} columns
 * @property {(after: any, words: string) => Promise<Stretch>} read
 * @property {(row: any) => Node[]} [acts]
 * @property {string} empty said when there is nothing
 * @property {string} [search] what can be searched for; without it there is no field
 * @property {Node[]} [above] beside the search
 */

const TYPING_MS = 200;

export class Listing extends HTMLElement {
  #plan = /** @type {Plan} */ (/** @type {unknown} */ (null));
  /** @type {any[]} */
  #rows = [];
  /** @type {any} */
  #next = null;
  #words = "";
  /** Which reading is the newest: the answers of others come too late. */
  #turn = 0;
  #timer = 0;
  /** What could not be read while the server was away is read when it is back. */
  #onBack = () => this.#hasFailed && void this.load();
  #hasFailed = false;
  #isGrown = false;
  #body = h("div", { class: "listing-body", "aria-busy": "true" });
  #foot = h("div", { class: "list-foot" });

  /** @param {Plan} plan */
  static of(plan) {
    const listing = new Listing();
    listing.#plan = plan;
    const bar = h("div", { class: "bar" }, plan.search ? listing.#searching(plan.search) : null, ...(plan.above ?? []));
    listing.append(...(bar.childElementCount ? [bar] : []), listing.#body, listing.#foot);
    void listing.load();
    return listing;
  }

  connectedCallback() {
    document.addEventListener(BACK, this.#onBack);
  }

  disconnectedCallback() {
    document.removeEventListener(BACK, this.#onBack);
  }

  /** Whether there is more than the first page, or was asked for: reading it again would take rows away. */
  get isLong() {
    return this.#next !== null || this.#isGrown;
  }

  /** Reads from the beginning. */
  async load() {
    await this.#read(null);
  }

  /** @param {any} after */
  async #read(after) {
    const turn = this.#turn += 1;
    this.#body.setAttribute("aria-busy", "true");
    try {
      const { items, next } = await this.#plan.read(after ?? undefined, this.#words);
      if (turn !== this.#turn) return;
      this.#isGrown = after !== null;
      this.#rows = this.#isGrown ? [...this.#rows, ...items] : items;
      this.#next = next;
      this.#hasFailed = false;
      this.#draw();
    } catch (error) {
      if (turn === this.#turn) this.#fail(error, after);
    } finally {
      if (turn === this.#turn) this.#body.setAttribute("aria-busy", "false");
    }
  }

  #draw() {
    const { caption, columns, acts, empty } = this.#plan;
    const none = h("p", { class: "nothing" }, this.#words ? t("table.none-found") : empty);
    redraw(this, () => {
      this.#body.replaceChildren(this.#rows.length ? table({ caption, columns, rows: this.#rows, acts }) : none);
      this.#foot.replaceChildren(...(this.#next === null ? [] : [this.#again(t("list.more"), this.#next)]));
    });
  }

  /** @param {unknown} error @param {any} after */
  #fail(error, after) {
    this.#hasFailed = true;
    const problem = h("p", { class: "problem", role: "alert" }, t("list.failed", { reason: reasonOf(error) }));
    this.#foot.replaceChildren(problem, this.#again(t("list.again"), after));
  }

  /** @param {string} text @param {any} after */
  #again(text, after) {
    const more = h("button", { class: "button", type: "button" }, text);
    more.addEventListener("click", () => void this.#read(after));
    return more;
  }

  /** @param {string} label */
  #searching(label) {
    const field = h("input", { type: "search", "aria-label": label, placeholder: label, autocomplete: "off", spellcheck: "false" });
    field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#words = field.value.trim();
        void this.load();
      }, TYPING_MS);
    });
    return h("div", { class: "finding", role: "search" }, icon("search"), field);
  }
}

customElements.define("console-listing", Listing);
