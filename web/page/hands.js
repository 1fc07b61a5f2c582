// @ts-check
/** What keys and buttons do with items: with the one at hand, or with all that are chosen. */

import { find } from "./dom.js";

/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("../components/compose.js").Compose} Compose */
/** @typedef {import("../components/message-list.js").MessageList} MessageList */
/** @typedef {import("../components/reader.js").Reader} Reader */
/** @typedef {import("../components/selection-bar.js").SelectionBar} SelectionBar */
/** @typedef {import("./deeds.js").Deeds} Deeds */

export class Hands {
  #root;
  #deeds;
  #remove;
  /** @type {MessageList} */
  #list;
  /** @type {Reader} */
  #reader;
  /** @type {Compose} */
  #compose;
  /** @type {SelectionBar} */
  #bar;

  /**
   * @param {HTMLElement} root
   * @param {Deeds} deeds
   * @param {(items: Item[]) => void} remove takes items away, with what is open of them
   */
  constructor(root, deeds, remove) {
    this.#root = root;
    this.#deeds = deeds;
    this.#remove = remove;
    this.#list = find(root, "carillon-list");
    this.#reader = find(root, "carillon-reader");
    this.#compose = find(root, "carillon-compose");
    this.#bar = find(root, "carillon-selection");
    this.#list.selection.addEventListener("change", () => this.#tellChosen());
    this.#bar.addEventListener("act", (event) => this.#actOnChosen(/** @type {CustomEvent} */ (event).detail));
    this.#reader.addEventListener("act", (event) => this.act(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {string} action @returns {boolean} whether there was something to do it with */
  act(action) {
    if (this.#list.selection.size > 0 && (action === "mark" || action === "delete")) return this.#actOnChosen(action);
    const item = this.#reader.contains(document.activeElement) ? this.#reader.item : this.#list.focused ?? this.#reader.item;
    if (!item) return false;
    if (action === "reply") return this.#reply(item);
    if (action === "mark") return this.#mark(item);
    if (action === "edit") return this.#edit(item);
    this.#remove([item]);
    return true;
  }

  /** @param {boolean} isRange @returns {boolean} false when no row has the focus */
  choose(isRange) {
    const item = this.#list.focused;
    if (item) this.#list.choose(item, { isRange });
    return item !== null;
  }

  /** @returns {boolean} false when nothing was chosen */
  unchoose() {
    const wasChosen = this.#list.selection.size > 0;
    const hadFocus = this.#bar.contains(document.activeElement);
    this.#list.selection.clear();
    if (wasChosen && hadFocus) this.#list.focusRow();
    return wasChosen;
  }

  #tellChosen() {
    const { chosen } = this.#list;
    this.#bar.show(this.#list.selection.size, {
      canMark: chosen.some(({ is_read: isRead }) => isRead !== undefined),
      isCancelling: chosen[0]?.kind === "scheduled",
    });
    this.#root.classList.toggle("choosing", this.#list.selection.size > 0);
  }

  /** @param {import("../components/selection-bar.js").Deed | "mark"} deed @returns {boolean} */
  #actOnChosen(deed) {
    const items = this.#list.chosen;
    if (deed === "none") return this.unchoose();
    if (deed === "all") this.#list.chooseAll();
    else if (deed === "delete") this.#remove(items);
    else this.#deeds.mark(items, deed === "mark" ? items.some((item) => item.is_read === false) : deed === "read");
    if (deed !== "all") this.unchoose();
    return true;
  }

  /** @param {Item} item */
  #reply({ kind, sender }) {
    if (kind !== "message" || !sender) return false;
    this.#compose.open([sender]);
    return true;
  }

  /** @param {Item} item */
  #edit(item) {
    if (item.kind !== "scheduled") return false;
    this.#compose.edit(item);
    return true;
  }

  /** @param {Item} item */
  #mark(item) {
    if (item.is_read === undefined) return false;
    this.#deeds.mark([item], !item.is_read);
    return true;
  }
}
