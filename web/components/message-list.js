// @ts-check
/** The list of a box, in sections; it draws the rows near what is seen, of which one is in the order of the Tab key. */

import { keyOf } from "../carillon.js";
import { listenForChoosing } from "../page/choosing.js";
import { arrange, h, icon } from "../page/dom.js";
import { soon } from "../page/moments.js";
import { Selection } from "../page/selection.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { ListSection } from "./section.js";

/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("../page/views.js").View} View */
/** @typedef {import("../page/views.js").Section} Section */

const SKELETON_ROWS = 7;
/** Until a row was measured. */
const ROW_PX = 84;

export class MessageList extends HTMLElement {
  /** @type {View | null} */
  #view = null;
  /** What stands in the list, by name. @type {Map<string, HTMLElement>} */
  #parts = new Map();
  /** @type {Map<string, ListSection>} */
  #sections = new Map();
  /** What is shown, from top to bottom. @type {Item[]} */
  #items = [];
  /** How high a row is: all are, since what they hold has a fixed number of lines. */
  #rowHeight = ROW_PX;
  /** The item that is open. @type {string | null} */
  #open = null;
  /** The row that Tab comes to. @type {string | null} */
  #reachable = null;
  /** What is chosen, to be marked or deleted together. */
  selection = new Selection();
  #render = soon(() => this.#draw());
  /** Loads further pages as their button comes near. @type {IntersectionObserver} */
  #nearing = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) /** @type {HTMLButtonElement} */ (target).click();
    }
  }, { root: this, rootMargin: "200% 0px" });

  connectedCallback() {
    this.addEventListener("focusin", ({ target }) => this.#reached(/** @type {Element} */ (target)));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("scroll", () => this.#drawRows(), { passive: true });
    new ResizeObserver(() => this.#drawRows()).observe(this);
    this.selection.addEventListener("change", () => this.#point());
    listenForChoosing(this);
  }

  /** @param {View | null} view null empties the list */
  show(view) {
    if (view === this.#view) return;
    this.#view?.removeEventListener("update", this.#render);
    this.#view = view;
    this.#parts.clear();
    this.#sections.clear();
    this.#items = [];
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
    this.#drawRows();
  }

  /** The item whose row has the focus. @returns {Item | null} */
  get focused() {
    return document.activeElement && this.itemAt(document.activeElement);
  }

  /** What is chosen, from top to bottom. @returns {Item[]} */
  get chosen() {
    return this.#items.filter((item) => this.selection.has(item));
  }

  /** @param {Element} element @returns {Item | null} the item in whose line it is */
  itemAt(element) {
    const row = element.closest("li");
    for (const each of this.#drawn) if (each.row === row) return each.item;
    return null;
  }

  /** The keys of what is shown, from top to bottom. */
  get #order() {
    return [...this.#sections.values()].flatMap(({ keys }) => keys);
  }

  /** The rows that are there, of all that are shown. */
  get #drawn() {
    return [...this.#sections.values()].flatMap(({ rows }) => [...rows.values()]);
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
    const at = item ? this.#items.findIndex((each) => keyOf(each) === keyOf(item)) : -1;
    return this.#items[at < 0 ? 0 : at + by] ?? null;
  }

  /** @param {Item | null} item focuses its row; without one the row that Tab would come to, or the list */
  focusRow(item = null) {
    if (item) this.#reachable = keyOf(item);
    this.#draw();
    const link = this.#linkOf(this.#reachable);
    (link ?? this).focus();
    link?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const end = { Home: this.#items[0], End: this.#items.at(-1) }[event.key];
    const target = step ? this.beside(this.focused, step) : end;
    if (!target || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.focusRow(target);
  }

  /** @param {Element} element */
  #reached(element) {
    const item = this.itemAt(element);
    if (item) this.#reachable = keyOf(item);
    this.#point();
  }

  #draw() {
    const view = this.#view;
    if (!view) return;
    const [order, focused, anchors] = [this.#order, this.focused, this.#anchors()];
    this.setAttribute("aria-busy", String(view.isStarting));
    const sections = view.sections;
    this.#items = sections.flatMap(({ items }) => items);
    arrange(this, this.#content(view, sections));
    for (const section of this.#sections.values()) section.reserve(this.#rowHeight);
    this.#holdStill(anchors);
    const shown = this.#order;
    if (this.selection.size) this.selection.keep(new Set(shown));
    if (!this.#reachable || !shown.includes(this.#reachable)) this.#reachable = shown[this.#gap(order, shown, focused)] ?? null;
    this.#drawRows();
    this.#watchEnds();
    if (focused) this.#refocus();
  }

  /** Where among those that are shown the focus goes when its row went: to what stands there now. @param {string[]} before @param {string[]} shown @param {Item | null} focused */
  #gap(before, shown, focused) {
    const at = focused ? before.indexOf(keyOf(focused)) : 0;
    return Math.min(at, shown.length - 1);
  }

  /** A row that was moved or went lost the focus: what Tab comes to gets it. */
  #refocus() {
    const target = this.#linkOf(this.#reachable) ?? this;
    if (!this.contains(document.activeElement) || this.focused === null) target.focus({ preventScroll: true });
  }

  /** @param {string | null} key */
  #linkOf(key) {
    for (const { row, item } of this.#drawn) if (keyOf(item) === key) return row.querySelector("a");
    return null;
  }

  /** @param {View} view @param {Section[]} sections @returns {HTMLElement[]} */
  #content(view, sections) {
    const isEmpty = this.#items.length === 0;
    const isListed = !(isEmpty && view.isStarting) && !view.error;
    const names = new Set(isListed ? sections.map(({ name }) => name) : []);
    for (const name of this.#sections.keys()) if (!names.has(name)) this.#sections.delete(name);
    if (isEmpty && view.isStarting) return [this.#keep("skeleton", skeleton)];
    if (view.error) return [breakage(view)];
    return sections.length ? sections.map((section) => this.#section(section)) : [this.#keep("empty", () => emptiness(view))];
  }

  /** @param {string} name @param {() => HTMLElement} make */
  #keep(name, make) {
    const element = this.#parts.get(name) ?? make();
    this.#parts.set(name, element);
    return element;
  }

  /** @param {Section} section */
  #section(section) {
    const shown = this.#sections.get(section.name) ?? new ListSection(section, this.#view?.name ?? "inbox");
    this.#sections.set(section.name, shown);
    shown.take(section);
    return shown.element;
  }

  /** Watched anew after each page: an observer only reports when something changed. */
  #watchEnds() {
    this.#nearing.disconnect();
    for (const { isOpen, more } of this.#sections.values()) if (isOpen) this.#nearing.observe(more);
  }

  /** The rows that are seen, and how far below the upper edge; none while one is at the top, where news are to be seen. */
  #anchors() {
    const { scrollTop } = this;
    if (scrollTop === 0) return [];
    const tops = [...this.#sections.values()].flatMap((section) =>
      [...section.rows.keys()].map((key) => ({ section, key, below: (section.topOf(key, this.#rowHeight) ?? 0) - scrollTop })));
    return tops.filter(({ below }) => below >= 0);
  }

  /** What is seen stays where it is, whatever comes or goes above it. @param {{section: ListSection, key: string, below: number}[]} anchors */
  #holdStill(anchors) {
    for (const { section, key, below } of anchors) {
      const top = section.element.isConnected ? section.topOf(key, this.#rowHeight) : null;
      if (top === null) continue;
      if (Math.abs(top - below - this.scrollTop) >= 1) this.scrollTop = top - below;
      return;
    }
  }

  /** Draws the rows near what is seen; once more if they turn out to be of another height than was thought. */
  #drawRows() {
    this.#drawSections();
    const height = this.querySelector(".line")?.getBoundingClientRect().height ?? 0;
    if (height === 0 || Math.abs(height - this.#rowHeight) < 0.01) return;
    this.#rowHeight = height;
    for (const section of this.#sections.values()) section.reserve(height);
    this.#drawSections();
  }

  #drawSections() {
    const sight = { top: this.scrollTop, height: this.clientHeight, rowHeight: this.#rowHeight };
    for (const section of this.#sections.values()) section.draw(sight, this.#reachable);
    this.#point();
  }

  /** Marks the open row and the chosen ones, and puts one row into the order of Tab. */
  #point() {
    this.classList.toggle("choosing", this.selection.size > 0);
    for (const { row, item } of this.#drawn) {
      const key = keyOf(item);
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
