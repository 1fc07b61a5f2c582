// @ts-check
/** How this browser tells of what arrives while one looks elsewhere: a notification, a stroke of a bell. Both off at first. */

import { Bell } from "../page/bell.js";
import { find, part, say } from "../page/dom.js";
import { Herald } from "../page/herald.js";
import { t } from "../page/texts.js";

const STORED = { notify: "carillon.notify", sound: "carillon.sound" };

export class Settings extends HTMLElement {
  /** @type {HTMLDialogElement} */
  #dialog = find(this, "dialog");
  /** @type {HTMLInputElement} */
  #notify = part(this, "notify");
  /** @type {HTMLInputElement} */
  #sound = part(this, "sound");
  #bell = new Bell();
  #herald = new Herald();

  connectedCallback() {
    this.#recall();
    addEventListener("storage", () => this.#recall()); // another tab has changed them
    for (const type of ["pointerdown", "keydown"]) addEventListener(type, () => this.#sound.checked && void this.#bell.prime(), { passive: true });
    this.#notify.addEventListener("change", () => void this.#ask());
    this.#sound.addEventListener("change", () => void this.#try());
  }

  /** @param {number} user who is signed in */
  begin(user) {
    this.#herald.open(user);
  }

  /** Nobody is signed in. */
  end() {
    this.#herald.close();
    this.#dialog.close();
  }

  open() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** Once for all tabs of one person. @param {string} sentence about what has just arrived */
  async tell(sentence) {
    if (!(await this.#herald.isToTell())) return;
    if (this.#sound.checked) this.#bell.ring();
    if (!this.#notify.checked || !this.#mayNotify) return;
    const notification = new Notification("Carillon", { body: sentence, icon: "/web/favicon.svg", tag: "carillon" });
    notification.addEventListener("click", () => {
      window.focus();
      notification.close();
    });
  }

  get #mayNotify() {
    return "Notification" in window && Notification.permission === "granted";
  }

  #recall() {
    this.#notify.checked = this.#mayNotify && localStorage.getItem(STORED.notify) === "on";
    this.#sound.checked = localStorage.getItem(STORED.sound) === "on";
  }

  /** Browsers ask only after a click. */
  async #ask() {
    if (this.#notify.checked && "Notification" in window) await Notification.requestPermission();
    const isRefused = this.#notify.checked && !this.#mayNotify;
    if (isRefused) this.#notify.checked = false;
    say(part(this, "problem"), isRefused ? t("settings.refused") : "");
    localStorage.setItem(STORED.notify, this.#notify.checked ? "on" : "off");
  }

  /** Lets one hear what one has turned on. */
  async #try() {
    localStorage.setItem(STORED.sound, this.#sound.checked ? "on" : "off");
    if (!this.#sound.checked) return;
    await this.#bell.prime();
    this.#bell.ring();
  }
}

customElements.define("carillon-settings", Settings);
