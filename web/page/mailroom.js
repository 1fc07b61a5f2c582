// @ts-check
/** What one sees when signed in: a box, what is open of it, and the way between them. */

import { keyOf } from "../carillon.js";
import { Deeds } from "./deeds.js";
import { find, point } from "./dom.js";
import { Hands } from "./hands.js";
import { go, here, hrefOf, searchOf } from "./route.js";
import { t } from "./texts.js";
import { View } from "./views.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("../components/message-list.js").MessageList} MessageList */
/** @typedef {import("../components/reader.js").Reader} Reader */
/** @typedef {import("../components/compose.js").Compose} Compose */
/** @typedef {import("../components/help.js").Help} Help */
/** @typedef {import("../components/search.js").Search} Search */
/** @typedef {import("../components/toasts.js").Toasts} Toasts */
/** @typedef {import("./shortcuts.js").Command} Command */

export class Mailroom {
  /** @type {Map<string, View>} */
  #views = new Map();
  /** @type {View | null} */
  #view = null;
  /** True when the list is the entry before this one in the history. */
  #listIsBehind = false;
  /** Where the focus goes when what is open is closed. @type {Item | null} */
  #next = null;
  /** What was deleted here, of which one need not be told. @type {Set<string>} */
  #deleted = new Set();

  #client;
  #root;
  /** @type {MessageList} */
  #list;
  /** @type {Reader} */
  #reader;
  /** @type {Compose} */
  #compose;
  /** @type {Help} */
  #help;
  /** @type {Search} */
  #search;
  /** @type {Toasts} */
  #toasts;
  /** @type {Deeds} */
  #deeds;
  /** @type {Hands} */
  #hands;

  /**
   * @param {Carillon} client
   * @param {HTMLElement} root
   * @param {import("./outbox.js").Outbox} outbox
   */
  constructor(client, root, outbox) {
    this.#client = client;
    this.#root = root;
    this.#list = find(root, "carillon-list");
    this.#reader = find(root, "carillon-reader");
    this.#compose = find(root, "carillon-compose");
    this.#help = find(root, "carillon-help");
    this.#search = find(root, "carillon-search");
    this.#toasts = find(root, "carillon-toasts");
    this.#deeds = new Deeds(client, this.#toasts, outbox);
    this.#hands = new Hands(root, this.#deeds, (items) => this.#remove(items));
    this.#listen();
  }

  #listen() {
    addEventListener("hashchange", () => void this.visit());
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    this.#search.addEventListener("find", (event) => go(hrefOf(/** @type {CustomEvent} */ (event).detail)));
    this.#search.addEventListener("leave", () => this.#leaveSearch());
    this.#reader.addEventListener("close", () => this.#close());
    this.#compose.addEventListener("sent", (event) => this.#toasts.tell(/** @type {CustomEvent} */ (event).detail));
    this.#compose.addEventListener("failed", (event) => this.#toasts.warn(/** @type {CustomEvent} */ (event).detail));
    this.#client.addEventListener("change", (event) => this.#changed(/** @type {CustomEvent} */ (event).detail.item));
  }

  /** Shows what the address says. Waits until a box that is new here is loaded. */
  async visit() {
    if (!this.#client.user) return;
    const route = here() ?? { view: "inbox" };
    if (!here()) history.replaceState(null, "", hrefOf("inbox"));
    const isOtherBox = route.view !== this.#view?.name;
    const loading = this.#enter(route.view);
    if (route.kind && route.id) await this.#read({ kind: route.kind, id: route.id });
    else this.#leaveItem(isOtherBox);
    await loading;
  }

  /** Whether arrivals are seen as they come, without being told. */
  get showsArrivals() {
    return this.#view?.name === "inbox" || this.#view?.name === "unread";
  }

  /** @param {Item} item that has just come */
  mark(item) {
    this.#list.mark(item);
  }

  /** Past the side bar, to the list or, where that is hidden, to what is open. */
  skip() {
    if (this.#list.checkVisibility()) this.#list.focus();
    else this.#reader.focusTop();
  }

  /** Loads again what could not be loaded while the server was away. */
  heal() {
    for (const view of this.#views.values()) view.heal();
  }

  /** Forgets and hides everything. */
  clear() {
    for (const view of this.#views.values()) view.close();
    this.#views.clear();
    this.#view = null;
    this.#list.show(null);
    this.#list.open = null;
    this.#reader.clear();
    this.#root.classList.remove("reading");
    this.#search.clear();
    this.#compose.clear();
    this.#help.close();
    this.#toasts.clear();
  }

  /** @param {Command} command @returns {boolean} whether there was something to do */
  obey(command) {
    if (command === "next") return this.#step(1);
    if (command === "previous") return this.#step(-1);
    if (command === "close") return this.#hands.unchoose() || this.#close();
    if (command === "undo") return this.#toasts.undo();
    if (command === "choose" || command === "choose-to") return this.#hands.choose(command === "choose-to");
    if (command === "compose") this.#compose.open();
    else if (command === "help") this.#help.open();
    else if (command === "search") this.#search.focus();
    else return this.#hands.act(command);
    return true;
  }

  /** @param {string} name */
  #enter(name) {
    const known = this.#views.get(name);
    const view = known ?? new View(name, this.#client);
    this.#views.set(name, view);
    if (view === this.#view) return;
    this.#view?.hold(null);
    this.#forget(this.#view);
    this.#view = view;
    this.#search.settle(name.startsWith("search-") ? searchOf(name) : null);
    view.addEventListener("update", () => this.#entitle(view));
    this.#list.show(view);
    this.#entitle(view);
    point(this.#root.querySelectorAll("[data-view]"), (link) => link.getAttribute("data-view") === name);
    return known ? view.heal() : view.load();
  }

  /** @param {View} view */
  #entitle(view) {
    if (view === this.#view) find(this.#root, "#view-title").textContent = view.title;
  }

  /** A box is kept for when one comes back; what was looked for is not. @param {View | null} view */
  #forget(view) {
    if (!view || view.isBox) return;
    view.close();
    this.#views.delete(view.name);
  }

  #leaveSearch() {
    this.#search.clear();
    if (this.#view?.isBox) this.#list.focusRow();
    else go(hrefOf("inbox"));
  }

  /** @param {import("../carillon.js").ItemName & {kind: import("../carillon.js").Boxed}} name */
  async #read(name) {
    const [hash, view] = [location.hash, this.#view];
    const isHere = () => hash === location.hash && view === this.#view;
    await this.#deeds.attempt(async () => {
      const item = await this.#client.item(name.kind, name.id);
      if (item && isHere()) this.#open(item);
      else if (isHere()) this.#missing();
    }, "item.failed-open");
  }

  /** @param {Item} item */
  #open(item) {
    this.#view?.hold(item);
    this.#list.open = item;
    this.#reader.show(item);
    this.#root.classList.add("reading");
    this.#reader.focusTop();
    this.#next = item;
    if (item.kind === "sent") void this.#deeds.attempt(() => this.#tellReaders(item.id), "item.failed-receipts");
    if (item.is_read === false) this.#deeds.mark([item], true);
  }

  /** @param {number} id */
  async #tellReaders(id) {
    const receipts = await this.#client.receipts(id);
    this.#reader.showReaders(id, new Set(receipts.filter((one) => one.is_read).map(({ recipient }) => recipient.id)));
  }

  #missing() {
    this.#toasts.tell(t("item.missing"));
    this.#close();
  }

  /** @param {boolean} isOtherBox then the focus stays where one asked for it */
  #leaveItem(isOtherBox) {
    const hadFocus = this.#reader.contains(document.activeElement) || document.activeElement === document.body;
    const wasOpen = this.#root.classList.contains("reading") && !isOtherBox;
    this.#root.classList.remove("reading");
    this.#reader.clear();
    this.#view?.hold(null);
    this.#list.open = null;
    if (wasOpen && hadFocus) this.#list.focusRow(this.#next);
  }

  /** @returns {boolean} false when nothing was open */
  #close() {
    if (!here()?.kind) return false;
    if (this.#listIsBehind) history.back();
    else go(hrefOf(this.#view?.name ?? "inbox"), { replace: true });
    this.#listIsBehind = false;
    return true;
  }

  /** Keeps the history short: list, then one item. @param {MouseEvent} event */
  #clicked(event) {
    const link = /** @type {Element} */ (event.target).closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.#follow(link.hash);
  }

  /** @param {string} hash */
  #follow(hash) {
    if (hash === location.hash) return this.#reader.focusTop();
    const isOpen = Boolean(here()?.kind);
    if (!isOpen) this.#listIsBehind = true;
    go(hash, { replace: isOpen });
  }

  /** @param {1 | -1} by @returns {boolean} */
  #step(by) {
    const isReading = this.#reader.contains(document.activeElement);
    const item = this.#list.beside(isReading ? this.#reader.item : this.#list.focused ?? this.#reader.item, by);
    if (!item) return false;
    if (isReading) this.#follow(hrefOf(this.#view?.name ?? "inbox", item));
    else this.#list.focusRow(item);
    return true;
  }

  /** @param {Item[]} items */
  #remove(items) {
    this.#next = this.#list.beside(items[items.length - 1], 1) ?? this.#list.beside(items[0], -1);
    for (const item of items) this.#deleted.add(keyOf(item));
    if (items.some((item) => this.#isOpen(item))) this.#close();
    this.#deeds.remove(items, () => this.#list.focusRow(items[0]));
  }

  /** @param {Item} item */
  #changed(item) {
    if (!this.#isOpen(item)) return;
    if (!item.deleted) return this.#reader.show(item);
    if (this.#deleted.delete(keyOf(item))) return;
    this.#toasts.tell(t(item.kind === "scheduled" ? "scheduled.left" : "item.open-deleted"));
    this.#close();
  }

  /** @param {Item} item */
  #isOpen(item) {
    return this.#reader.item !== null && keyOf(this.#reader.item) === keyOf(item);
  }
}
