// @ts-check
/** How this browser tells of what arrives while one looks elsewhere: a notification, a stroke of a bell. Both off at first. */

import { find, part, say } from "../page/dom.js";
import { t } from "../page/texts.js";

const STORED = { notify: "carillon.notify", sound: "carillon.sound" };
/** Two partials of a small bell. */
const TONES_HZ = [880, 2376];
const RINGS_S = 1.2;

export class Settings extends HTMLElement {
  /** @type {HTMLDialogElement} */
  #dialog = find(this, "dialog");
  /** @type {HTMLInputElement} */
  #notify = part(this, "notify");
  /** @type {HTMLInputElement} */
  #sound = part(this, "sound");
  /** @type {AudioContext | null} */
  #audio = null;

  connectedCallback() {
    this.#notify.checked = this.#mayNotify && localStorage.getItem(STORED.notify) === "on";
    this.#sound.checked = localStorage.getItem(STORED.sound) === "on";
    this.#notify.addEventListener("change", () => void this.#ask());
    this.#sound.addEventListener("change", () => {
      localStorage.setItem(STORED.sound, this.#sound.checked ? "on" : "off");
      if (this.#sound.checked) this.#ring();
    });
  }

  open() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  close() {
    this.#dialog.close();
  }

  /** @param {string} sentence about what has just arrived */
  tell(sentence) {
    if (this.#sound.checked) this.#ring();
    if (!this.#notify.checked || !this.#mayNotify || document.hasFocus()) return;
    const notification = new Notification("Carillon", { body: sentence, icon: "/web/favicon.svg", tag: "carillon" });
    notification.addEventListener("click", () => {
      window.focus();
      notification.close();
    });
  }

  get #mayNotify() {
    return "Notification" in window && Notification.permission === "granted";
  }

  /** Browsers ask only after a click. */
  async #ask() {
    if (this.#notify.checked && "Notification" in window) await Notification.requestPermission();
    const isRefused = this.#notify.checked && !this.#mayNotify;
    if (isRefused) this.#notify.checked = false;
    say(part(this, "problem"), isRefused ? t("settings.refused") : "");
    localStorage.setItem(STORED.notify, this.#notify.checked ? "on" : "off");
  }

  #ring() {
    const audio = this.#audio ??= new AudioContext();
    const now = audio.currentTime;
    for (const [at, hertz] of TONES_HZ.entries()) {
      const [tone, gain] = [new OscillatorNode(audio, { frequency: hertz }), new GainNode(audio)];
      gain.gain.setValueAtTime(0.12 / (at + 1), now);
      gain.gain.exponentialRampToValueAtTime(0.0001, now + RINGS_S);
      tone.connect(gain).connect(audio.destination);
      tone.start(now);
      tone.stop(now + RINGS_S);
    }
  }
}

customElements.define("carillon-settings", Settings);
