// @ts-check
/** What the system announces to everybody in a group: banners that stay until they are confirmed. */

import { keyOf } from "../carillon.js";
import { arrange, h } from "../page/dom.js";
import { isUnreachable, putBy } from "../page/errands.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("../carillon.js").Item} Item */

/** Fires `kept` with a confirmation that has to wait for the network. */
export class Announcements extends HTMLElement {
  /** @type {Carillon | null} */
  client = null;
  /** @type {import("../carillon/live-list.js").LiveList | null} */
  #list = null;
  /** Banners by item and version. @type {Map<string, HTMLElement>} */
  #banners = new Map();
  /** What was confirmed without a network, by item and version. @type {Set<string>} */
  #waiting = new Set();

  /** Shows what is in force for whoever is signed in, from now on. */
  async open() {
    this.clear();
    if (!this.client) return;
    this.#list = this.client.list({ kinds: ["announcement"], unread: true });
    this.#list.addEventListener("update", () => this.#draw());
    await this.#list.load();
  }

  /** Loads again what could not be loaded while the server was away. */
  heal() {
    if (this.#list?.error) void this.#list.load();
  }

  clear() {
    this.#list?.close();
    this.#list = null;
    this.#waiting.clear();
    this.#draw();
  }

  #draw() {
    const known = this.#banners;
    this.#banners = new Map();
    for (const item of this.#list?.items ?? []) {
      const name = nameOf(item);
      if (!this.#waiting.has(name)) this.#banners.set(name, known.get(name) ?? this.#banner(item));
    }
    arrange(this, [...this.#banners.values()]);
  }

  /** @param {Item} item */
  #banner(item) {
    const title = item.title || t("announcement.title");
    const box = item.confirm ? h("input", { type: "checkbox" }) : null;
    const button = h("button", { class: "button primary", type: "button" }, t(item.confirm ? "announcement.confirm" : "announcement.got-it"));
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const tick = box && h("label", {}, box, h("span", { dir: "auto" }, item.confirm));
    const banner = h("section", { class: "banner", "aria-label": title }, h("h2", { dir: "auto" }, title), text(item.content), tick, button, problem);
    button.disabled = box !== null;
    box?.addEventListener("change", () => { button.disabled = !box.checked; });
    button.addEventListener("click", () => void this.#confirm(item, button, problem));
    return banner;
  }

  /** @param {Item} item @param {HTMLButtonElement} button @param {HTMLElement} problem */
  async #confirm(item, button, problem) {
    button.disabled = true;
    problem.hidden = true;
    try {
      await this.client?.confirm([item]);
    } catch (error) {
      if (isUnreachable(error) && putBy(this, { errand: "confirm", key: `confirm-${nameOf(item)}`, items: [item], written: Date.now() })) {
        this.#waiting.add(nameOf(item));
        return this.#draw();
      }
      problem.textContent = t("announcement.failed", { reason: reasonOf(error) });
      problem.hidden = false;
      button.disabled = false;
    }
  }
}

/** @param {Item} item */
function nameOf(item) {
  return `${keyOf(item)}/${item.version}`;
}

/** The one place where HTML is shown: the server sanitised it, and the page's policy runs no script of it. @param {string} html */
function text(html) {
  const content = h("div", { dir: "auto" });
  content.innerHTML = html;
  return content;
}

customElements.define("carillon-announcements", Announcements);
