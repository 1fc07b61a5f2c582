// @ts-check
/** When a letter leaves: now, or at a time that clocks in one's own zone show. */

import { complain, find, h, part, say } from "../page/dom.js";
import { locale, t } from "../page/texts.js";
import { named, oftenMeant, spelled } from "../page/zones.js";

/** @typedef {import("../carillon/api.js").LocalTime} LocalTime */

/** Fires `change` when it was opened, closed or set. */
export class SendLater extends HTMLElement {
  /** The reader's own zone, as his account says it; else the browser's. @type {string | null} */
  zone = null;

  /** @type {HTMLInputElement} */
  #switch = find(this, 'input[type="checkbox"]');
  /** @type {HTMLInputElement} */
  #time = find(this, 'input[type="datetime-local"]');
  /** The zone of what is edited. @type {string | null} */
  #of = null;

  connectedCallback() {
    this.#switch.addEventListener("change", () => this.#open(this.#switch.checked));
    this.#time.addEventListener("input", () => {
      this.complain("");
      this.#spell();
    });
  }

  /** @returns {LocalTime | null} null: now */
  get value() {
    return this.#switch.checked ? { local: this.#time.value, timeZone: this.#zone } : null;
  }

  get isComplete() {
    return !this.#switch.checked || this.#time.value !== "";
  }

  /** @param {LocalTime | null} time */
  set(time) {
    this.#of = time?.timeZone ?? null;
    this.#switch.checked = time !== null;
    this.#time.value = time?.local.slice(0, 16) ?? "";
    this.#show();
  }

  /** @param {string} text what is wrong with the time */
  complain(text) {
    complain(this, "later-problem", text);
    if (text) this.#time.focus();
  }

  get #zone() {
    return this.#of || this.zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    if (isOpen && !this.#time.value) this.#time.value = oftenMeant(this.#zone).tomorrow;
    this.#show();
    if (isOpen) this.#time.focus();
    this.dispatchEvent(new Event("change"));
  }

  #show() {
    const isShown = this.#switch.checked;
    part(this, "when").hidden = !isShown;
    part(this, "often").replaceChildren(...(isShown ? this.#offers() : []));
    this.complain("");
    this.#spell();
  }

  #offers() {
    return Object.entries(oftenMeant(this.#zone)).map(([name, local]) => {
      const button = h("button", { class: "pill", type: "button" }, t(`often.${name}`));
      button.addEventListener("click", () => {
        this.#time.value = local;
        this.#time.dispatchEvent(new Event("input", { bubbles: true }));
      });
      return button;
    });
  }

  /** Says the time in words, and whose clocks show it. */
  #spell() {
    const [local, zone] = [this.#time.value, this.#zone];
    const when = local && spelled(local, locale());
    say(part(this, "zone"), when ? t("later.says", { when, zone: named(zone, local, locale()) }) : t("later.zone", { zone }));
  }
}

customElements.define("carillon-later", SendLater);
