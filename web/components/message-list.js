// @ts-check
/** The list of a box, in sections; one row at a time is in the order of the Tab key. */

import { keyOf } from "../carillon.js";
import { listenForChoosing } from "../page/choosing.js";
import { arrange, h, icon } from "../page/dom.js";
import { Selection } from "../page/selection.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { makeRow, updateRow } from "./row.js";

/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("../page/views.js").View} View */
/** @typedef {import("../page/views.js").Section} Section */

const SKELETON_ROWS = 7;

export class MessageList extends HTMLElement {
  /** @type {View | null} */
  #view = null;
  /** The element and the state it shows, by key. @type {Map<string, {row: HTMLLIElement, item: Item}>} */
  #rows = new Map();
  /** @type {Map<string, HTMLElement>} */
  #sections = new Map();
  /** The keys of what is shown, from top to bottom. @type {string[]} */
  #order = [];
  /** The item that is open. @type {string | null} */
  #open = null;
  /** The row that Tab comes to. @type {string | null} */
  #reachable = null;
  /** What is chosen, to be marked or deleted together. */
  selection = new Selection();
  #render = () => this.#draw();
  /** Loads further pages as their button comes near. */
  #nearing = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) /** @type {HTMLButtonElement} */ (target).click();
    }
  }, { rootMargin: "400px" });

  connectedCallback() {
    this.addEventListener("focusin", ({ target }) => this.#reached(/** @type {Element} */ (target)));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.selection.addEventListener("change", () => this.#point());
    listenForChoosing(this);
  }

  /** @param {View | null} view null empties the list */
  show(view) {
    if (view === this.#view) return;
    this.#view?.removeEventListener("update", this.#render);
    this.#view = view;
    this.#rows.clear();
    this.#sections.clear();
    this.#order = [];
    this.#reachable = null;
    this.selection.clear();
    this.replaceChildren();
    view?.addEventListener("update", this.#render);
    this.#draw();
    this.scrollTop = 0;
  }

  /** @param {Item | null} item the item that is open */
  set open(item) {
    this.#open = item && keyOf(item);
    if (this.#open) this.#reachable = this.#open;
    this.#point();
  }

  /** The item whose row has the focus. @returns {Item | null} */
  get focused() {
    const key = this.#focusedKey();
    return (key && this.#rows.get(key)?.item) || null;
  }

  /** What is chosen, from top to bottom. @returns {Item[]} */
  get chosen() {
    return (this.#view?.items ?? []).filter((item) => this.selection.has(item));
  }

  /** @param {Element} element @returns {Item | null} the item in whose line it is */
  itemAt(element) {
    const row = element.closest("li");
    for (const each of this.#rows.values()) if (each.row === row) return each.item;
    return null;
  }

  /** Chooses a row, or all down or up to it. @param {Item} item */
  choose(item, { isRange = false } = {}) {
    if (isRange) this.selection.extend(item, this.#order);
    else this.selection.toggle(item);
  }

  chooseAll() {
    this.selection.all(this.#order);
  }

  /** Draws the eye to a row that has just come. @param {Item} item */
  mark(item) {
    requestAnimationFrame(() => this.#linkOf(keyOf(item))?.classList.add("new"));
  }

  /**
   * The item `by` rows away from one, or the first when that one is not in the list.
   *
   * @param {Item | null} item
   * @param {number} by
   * @returns {Item | null} null at the end of the list
   */
  beside(item, by) {
    const items = this.#view?.items ?? [];
    const at = item ? items.findIndex((each) => keyOf(each) === keyOf(item)) : -1;
    if (at < 0) return items[0] ?? null;
    return items[at + by] ?? null;
  }

  /** @param {Item | null} item focuses its row; without one the row that Tab would come to, or the list */
  focusRow(item = null) {
    const link = this.#linkOf(item ? keyOf(item) : this.#reachable);
    (link ?? this).focus();
    link?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = this.#view?.items ?? [];
    const end = { Home: items[0], End: items.at(-1) }[event.key];
    const target = step ? this.beside(this.focused, step) : end;
    if (!target || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.focusRow(target);
  }

  /** @param {Element} element */
  #reached(element) {
    const row = element.closest("li");
    for (const [key, each] of this.#rows) if (each.row === row) this.#reachable = key;
    this.#point();
  }

  #draw() {
    const view = this.#view;
    if (!view) return;
    const focused = this.#focusedKey();
    const at = focused ? this.#order.indexOf(focused) : -1;
    this.setAttribute("aria-busy", String(view.isStarting));
    arrange(this, this.#content(view));
    this.#order = view.items.map(keyOf);
    this.#forget();
    this.#point();
    if (focused) this.#refocus(focused, at);
  }

  /** @returns {string | null} the key of the row that has the focus */
  #focusedKey() {
    const row = document.activeElement?.closest("li");
    for (const [key, each] of this.#rows) if (each.row === row) return key;
    return null;
  }

  /**
   * A row that moved lost the focus, one that went took it along: the row, or its neighbour, gets it.
   *
   * @param {string} key
   * @param {number} at where it stood
   */
  #refocus(key, at) {
    const near = this.#rows.has(key) ? key : this.#order[Math.min(at, this.#order.length - 1)];
    const target = this.#linkOf(near) ?? this;
    if (target !== document.activeElement) target.focus({ preventScroll: true });
  }

  /** @param {string | null | undefined} key */
  #linkOf(key) {
    return (key && this.#rows.get(key)?.row.querySelector("a")) || null;
  }

  /** @param {View} view @returns {HTMLElement[]} */
  #content(view) {
    if (view.isStarting && view.items.length === 0) return [this.#keep("skeleton", skeleton)];
    if (view.error) return [breakage(view)];
    const sections = view.sections.map((section) => this.#section(section));
    return sections.length ? sections : [this.#keep("empty", () => emptiness(view))];
  }

  /** @param {string} name @param {() => HTMLElement} make */
  #keep(name, make) {
    const element = this.#sections.get(name) ?? make();
    this.#sections.set(name, element);
    return element;
  }

  /** @param {Section} section */
  #section({ name, title, items, list }) {
    const element = this.#keep(name, () => this.#makeSection(name, title, list));
    const [rows, foot] = [/** @type {Element} */ (element.querySelector("ul")), /** @type {HTMLElement} */ (element.querySelector(".list-foot"))];
    arrange(rows, items.map((item) => this.#row(item)));
    foot.hidden = list.isComplete && !list.error;
    const problem = /** @type {HTMLElement} */ (foot.querySelector(".problem"));
    problem.textContent = list.error ? t("list.failed", { reason: reasonOf(list.error) }) : "";
    problem.hidden = !list.error;
    const more = /** @type {HTMLButtonElement} */ (foot.querySelector("button"));
    more.textContent = t(list.isLoading ? "list.loading" : list.error ? "list.again" : "list.more");
    // Watched anew after each page: an observer only reports when something changed.
    this.#nearing.unobserve(more);
    if (!list.error && !list.isLoading && !list.isComplete) this.#nearing.observe(more);
    return element;
  }

  /**
   * @param {string} name
   * @param {string} title
   * @param {import("../carillon/live-list.js").LiveList} list
   */
  #makeSection(name, title, list) {
    const more = h("button", { class: "button", type: "button" });
    more.addEventListener("click", () => void list.more());
    const heading = title ? h("h2", { class: "group-title", id: `group-${name}` }, title) : null;
    return h("section", { class: "group", "aria-labelledby": heading?.id }, heading,
      h("ul", { class: "rows" }),
      h("div", { class: "list-foot" }, h("p", { class: "problem", role: "alert", hidden: true }), more));
  }

  /** @param {Item} item */
  #row(item) {
    const key = keyOf(item);
    const known = this.#rows.get(key);
    if (known?.item === item) return known.row;
    const row = known?.row ?? makeRow(item, this.#view?.name ?? "inbox");
    if (known) updateRow(row, item);
    this.#rows.set(key, { row, item });
    return row;
  }

  /** Drops the rows of what is not shown any more. */
  #forget() {
    const shown = new Set(this.#order);
    for (const key of this.#rows.keys()) if (!shown.has(key)) this.#rows.delete(key);
    this.selection.keep(shown);
  }

  /** Marks the open row and the chosen ones, and puts one row, the first if need be, into the order of Tab. */
  #point() {
    if (!this.#reachable || !this.#rows.has(this.#reachable)) this.#reachable = this.#order[0] ?? null;
    this.classList.toggle("choosing", this.selection.size > 0);
    for (const [key, { row, item }] of this.#rows) {
      const link = /** @type {HTMLElement} */ (row.firstElementChild);
      const box = /** @type {HTMLInputElement} */ (row.querySelector(".tick"));
      link.tabIndex = box.tabIndex = key === this.#reachable ? 0 : -1;
      box.checked = this.selection.has(item);
      if (key === this.#open) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
}

function skeleton() {
  const bones = Array.from({ length: SKELETON_ROWS }, () => h("li", { class: "bone" }));
  return h("div", { class: "group" }, h("p", { class: "visually-hidden" }, t("list.loading")), h("ul", { class: "rows skeleton", "aria-hidden": "true" }, ...bones));
}

/** @param {View} view */
function emptiness({ plan: { empty } }) {
  return h("div", { class: "empty" }, icon(empty.icon), h("p", { class: "empty-title" }, t(empty.text)), h("p", {}, t(`${empty.text}-more`)));
}

/** @param {View} view */
function breakage(view) {
  const again = h("button", { class: "button", type: "button" }, t("list.again"));
  again.addEventListener("click", () => view.heal());
  const text = t("list.failed", { reason: view.error ? reasonOf(view.error) : "" });
  return h("div", { class: "empty" }, icon("inbox"), h("p", { class: "problem", role: "alert" }, text), again);
}

customElements.define("carillon-list", MessageList);
