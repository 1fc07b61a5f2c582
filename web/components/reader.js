// @ts-check
/** The reading pane: one item whole, and what can be done with it. */

import { arrange, find, h, icon } from "../page/dom.js";
import { hrefOf, nameOfThread } from "../page/route.js";
import { t } from "../page/texts.js";
import { exact, long } from "../page/times.js";
import { counterpart, inWords } from "../page/words.js";
import { isOwn, sign, whenOf } from "./row.js";

/** @typedef {import("../carillon.js").Item} Item */

/**
 * Fires `close`, and `act` with `"reply" | "mark" | "edit" | "delete"` as its detail.
 */
export class Reader extends HTMLElement {
  /** @type {Item | null} */
  #item = null;

  connectedCallback() {
    this.#rest();
  }

  get item() {
    return this.#item;
  }

  /** @param {Item} item shown afresh, or brought up to date when it is the one that is open */
  show(item) {
    const isSame = this.#item?.kind === item.kind && this.#item.id === item.id;
    this.#item = item;
    if (isSame) return this.#refresh(item);
    arrange(this, [this.#page(item)]);
    this.scrollTop = 0;
  }

  /** @param {string} [text] instead of an item, for example that it is gone */
  clear(text = "") {
    this.#item = null;
    this.#rest(text);
  }

  /** Brings the reader, also one who listens, to the top of what is open. */
  focusTop() {
    this.querySelector("article")?.focus();
  }

  #rest(text = "") {
    arrange(this, [h("div", { class: "empty" }, icon("bell"), h("p", {}, text || t("reader.choose")))]);
  }

  /** @param {Item} item */
  #page(item) {
    return h("article", { class: "page", tabindex: -1, "aria-labelledby": "reader-title" }, this.#tools(item), ...letter(item));
  }

  /** @param {Item} item */
  #tools(item) {
    return h("div", { class: "tools", role: "group", "aria-label": t("reader.actions") },
      this.#button("back", t("reader.back"), "back-button", () => this.dispatchEvent(new Event("close"))),
      h("span", { class: "space" }),
      this.#thread(item),
      item.kind === "message" && item.sender ? this.#act("reply", "reply", t("reader.reply"), "r") : null,
      item.kind === "scheduled" ? this.#act("edit", "pen", t("reader.edit"), "e") : null,
      isOwn(item) ? null : this.#act("mark", item.is_read === false ? "read" : "unread", markLabel(item), "u"),
      this.#act("delete", "bin", t(item.kind === "scheduled" ? "reader.cancel" : "reader.delete"), "Delete"));
  }

  /** A link to all that passed between the reader and the other one. @param {Item} item */
  #thread({ kind, sender, recipients }) {
    const other = kind === "message" ? sender : recipients?.length === 1 ? recipients[0] : null;
    if (!other) return null;
    const label = t("reader.thread");
    return h("a", { class: "button quiet", href: hrefOf(nameOfThread(other.id)), title: label }, icon("thread"), h("span", {}, label));
  }

  /** @param {string} action @param {string} sign @param {string} label @param {string} key */
  #act(action, sign, label, key) {
    const button = this.#button(sign, label, "", () => this.dispatchEvent(new CustomEvent("act", { detail: action })));
    button.dataset.action = action;
    button.setAttribute("aria-keyshortcuts", key);
    button.title = `${label} (${key.toUpperCase().replace("DELETE", "Delete")})`;
    return button;
  }

  /** @param {string} sign @param {string} label @param {string} name @param {() => void} onClick */
  #button(sign, label, name, onClick) {
    const button = h("button", { class: `button quiet ${name}`.trim(), type: "button" }, icon(sign), h("span", {}, label));
    button.addEventListener("click", onClick);
    return button;
  }

  /** @param {Item} item only what can change of an item that is open, so that the focus stays */
  #refresh(item) {
    const article = find(this, "article");
    if (item.kind === "scheduled") return arrange(article, [find(article, ".tools"), ...letter(item)]);
    const mark = this.querySelector('[data-action="mark"]');
    mark?.replaceChildren(icon(item.is_read === false ? "read" : "unread"), h("span", {}, markLabel(item)));
    this.#list(item, new Set());
  }

  /** Says who of those it was sent to has read it. @param {number} id @param {Set<number>} readers */
  showReaders(id, readers) {
    if (this.#item?.kind !== "sent" || this.#item.id !== id) return;
    this.#list(this.#item, readers);
    const all = this.#item.recipients?.length ?? 0;
    if (all > 1) this.querySelector(".when")?.append(h("span", { class: "readers" }, t("reader.readers", { count: readers.size, all })));
  }

  /** @param {Item} item @param {Set<number>} readers */
  #list(item, readers) {
    const now = recipients(item, readers);
    if (now) this.querySelector(".recipients")?.replaceWith(now);
  }
}

/** What is read of an item. @param {Item} item @returns {HTMLElement[]} */
function letter(item) {
  const to = isOwn(item) ? h("span", { class: "to" }, t("item.to")) : null;
  const parts = [
    h("header", { class: "page-head" }, sign(item),
      h("div", {},
        h("h2", { id: "reader-title" }, to, h("bdi", {}, counterpart(item))),
        h("p", { class: "when" }, ...origins(item), when(item)))),
    item.error ? h("p", { class: "problem", role: "alert" }, inWords(item.error)) : null,
    recipients(item),
    h("div", { class: "text", dir: "auto" }, item.content),
  ];
  return parts.filter((part) => part !== null);
}

/** @param {Item} item */
function markLabel(item) {
  return t(item.is_read === false ? "reader.mark-read" : "reader.mark-unread");
}

/** Where a notice came from, and by which list. @param {Item} item */
function origins({ kind, origin }) {
  if (kind !== "notice" || !origin) return [];
  const list = origin.list ? h("span", { class: "tag" }, t("item.list"), titleOf(origin.list)) : null;
  return [h("span", { class: "tag" }, titleOf(origin)), list];
}

/** As a link when it has a web address. @param {import("../carillon/known.js").Place} place */
function titleOf({ title, url }) {
  const address = url && URL.canParse(url, location.href) ? new URL(url, location.href) : null;
  const isWeb = address && ["http:", "https:"].includes(address.protocol);
  const name = h("bdi", {}, title || (isWeb ? address.host : t("item.notice")));
  return isWeb ? h("a", { href: address.href, rel: "noreferrer" }, name) : name;
}

/** @param {Item} item */
function when(item) {
  if (item.kind === "scheduled") return h("span", {}, `${t("scheduled.leaves")} `, whenOf(item));
  return h("time", { datetime: item.sent_on, title: exact(item.sent_on) }, long(item.sent_on));
}

/** Each with a sign when he has read it. @param {Item} item @param {Set<number>} [readers] */
function recipients({ kind, recipients: people }, readers = new Set()) {
  if ((kind !== "sent" && kind !== "scheduled") || !people?.length) return null;
  const names = people.map(({ id, username }) => h("li", {}, h("bdi", {}, username), readers.has(id) ? read() : null));
  return h("ul", { class: "recipients", "aria-label": t("reader.recipients") }, ...names);
}

function read() {
  return h("span", { class: "read" }, icon("check"), t("reader.has-read"));
}

customElements.define("carillon-reader", Reader);
