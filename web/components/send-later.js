// @ts-check
/** When a letter leaves: now, or at a time that clocks in one's own zone show. */

import { find, part, say } from "../page/dom.js";
import { t } from "../page/texts.js";

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
    this.#time.addEventListener("input", () => this.complain(""));
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
    this.#show();
    this.#time.value = time?.local.slice(0, 16) ?? "";
  }

  /** @param {string} text what is wrong with the time */
  complain(text) {
    say(part(this, "later-problem"), text);
    this.#time.toggleAttribute("aria-invalid", text !== "");
    if (text) this.#time.focus();
  }

  get #zone() {
    return this.#of || this.zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    if (isOpen && !this.#time.value) this.#time.value = tomorrowAtNine();
    this.#show();
    if (isOpen) this.#time.focus();
    this.dispatchEvent(new Event("change"));
  }

  #show() {
    part(this, "when").hidden = !this.#switch.checked;
    part(this, "zone").textContent = t("later.zone", { zone: this.#zone.replaceAll("_", " ") });
    this.complain("");
  }
}

/** A time that one will hardly take by mistake, as the field spells it. */
function tomorrowAtNine() {
  const then = new Date(Date.now() + 24 * 60 * 60_000);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}T09:00`;
}

customElements.define("carillon-later", SendLater);
