// @ts-check
/** A section of the list: its heading, those of its rows that are near what is seen, and the way to further ones. */

import { keyOf } from "../carillon.js";
import { arrange, h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { windowOf } from "../page/window.js";
import { reasonOf } from "../page/words.js";
import { makeRow, updateRow } from "./row.js";

/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("../page/views.js").Section} Section */

/** @typedef {{top: number, height: number, rowHeight: number}} Sight what is seen of all that scrolls, in pixels */

export class ListSection {
  /** The keys of all rows, from top to bottom. @type {string[]} */
  keys = [];
  /** The rows that are drawn, from top to bottom, and the state they show. @type {Map<string, {row: HTMLLIElement, item: Item}>} */
  rows = new Map();
  more = h("button", { class: "button", type: "button" });

  #view;
  #section;
  #list = h("ul", { class: "rows" });
  #problem = h("p", { class: "problem", role: "alert", hidden: true });
  #foot = h("div", { class: "list-foot" }, this.#problem, this.more);

  /** @param {Section} section @param {string} view the name of the box whose it is */
  constructor(section, view) {
    const { name, title } = section;
    const heading = title ? h("h2", { class: "group-title", id: `group-${name}` }, title) : null;
    this.#section = section;
    this.#view = view;
    this.element = h("section", { class: "group", "aria-labelledby": heading?.id }, heading, this.#list, this.#foot);
    this.more.addEventListener("click", () => void this.#section.list.more());
  }

  /** Whether a further page may be loaded as its button comes near. */
  get isOpen() {
    const { list } = this.#section;
    return !list.error && !list.isLoading && !list.isComplete;
  }

  /** Takes over what there is now, and says what there is beyond it. @param {Section} section */
  take(section) {
    const { items, list } = this.#section = section;
    this.keys = items.map(keyOf);
    this.#foot.hidden = list.isComplete && !list.error;
    this.#problem.textContent = list.error ? t("list.failed", { reason: reasonOf(list.error) }) : "";
    this.#problem.hidden = !list.error;
    this.more.textContent = t(list.isLoading ? "list.loading" : list.error ? "list.again" : "list.more");
  }

  /** Makes room for all rows. @param {number} rowHeight */
  reserve(rowHeight) {
    this.#list.style.height = `${this.keys.length * rowHeight}px`;
  }

  /**
   * Draws what is near what is seen, and one row wherever it stands, so that it can have the focus.
   *
   * @param {Sight} sight
   * @param {string | null} kept the key of that row
   */
  draw({ top, height, rowHeight }, kept) {
    const above = top - this.#list.offsetTop;
    const [from, to] = windowOf({ above, height, rowHeight, count: this.keys.length, margin: height });
    const places = Array.from({ length: to - from }, (_, at) => from + at);
    const apart = kept === null ? -1 : this.keys.indexOf(kept);
    if (apart >= to) places.push(apart);
    if (apart >= 0 && apart < from) places.unshift(apart);
    const before = this.rows;
    this.rows = new Map(places.map((at) => [this.keys[at], this.#row(at, before, rowHeight)]));
    arrange(this.#list, [...this.rows.values()].map(({ row }) => row));
  }

  /** How far below the upper edge of all that scrolls a row stands; null when it is not here. @param {string} key @param {number} rowHeight */
  topOf(key, rowHeight) {
    const at = this.keys.indexOf(key);
    return at < 0 ? null : this.#list.offsetTop + at * rowHeight;
  }

  /** @param {number} at @param {ListSection["rows"]} before what was drawn @param {number} rowHeight */
  #row(at, before, rowHeight) {
    const { items, list } = this.#section;
    const item = items[at];
    const known = before.get(this.keys[at]);
    const row = known?.row ?? makeRow(item, this.#view);
    if (known && known.item !== item) updateRow(row, item);
    row.style.top = `${at * rowHeight}px`;
    row.setAttribute("aria-posinset", String(at + 1));
    row.setAttribute("aria-setsize", String(list.isComplete ? items.length : -1));
    return { row, item };
  }
}
