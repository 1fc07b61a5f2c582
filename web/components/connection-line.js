// @ts-check
/** Says when the live connection is away, and when it is back. */

import { h, say } from "../page/dom.js";
import { t } from "../page/texts.js";

/** Shorter absences are nobody's business. */
const PATIENCE_MS = 400;
const BACK_MS = 4_000;

/** Fires `retry` when one does not want to wait. */
export class ConnectionLine extends HTMLElement {
  #text = h("span", { role: "status" });
  #retry = h("button", { class: "link", type: "button", hidden: true });
  #waiting = h("span", { class: "waiting", hidden: true });
  #wasAway = false;
  #timer = 0;
  /** @type {import("../carillon/live.js").State} */
  #state = "closed";

  connectedCallback() {
    this.append(h("span", { class: "lamp", "aria-hidden": "true" }), h("span", {}, this.#text, " ", this.#waiting), this.#retry);
    this.#retry.addEventListener("click", () => this.dispatchEvent(new Event("retry")));
    for (const type of ["online", "offline"]) addEventListener(type, () => this.#state !== "closed" && this.show(this.#state));
  }

  /** @param {import("../page/keepsakes.js").Kept[]} kept what waits for the network */
  wait(kept) {
    const [count, isMail] = [kept.length, kept.every(({ errand = "send" }) => errand === "send")];
    say(this.#waiting, count ? t(isMail ? "connection.waiting" : "connection.waiting-changes", { count }) : "");
  }

  /** @param {import("../carillon/live.js").State} state */
  show(state) {
    this.#state = state;
    if (!navigator.onLine && state !== "closed") return this.#offline();
    if (state === "reconnecting") return this.#after(PATIENCE_MS, () => this.#away());
    clearTimeout(this.#timer);
    if (state === "online" && this.#wasAway) return this.#back();
    this.#wasAway = false;
    if (state === "ended") return this.#stopped();
    if (state !== "connecting") this.#say("", "");
  }

  #away() {
    this.#wasAway = true;
    this.#say(t("connection.away"), "away");
    this.#retry.hidden = false;
  }

  #offline() {
    clearTimeout(this.#timer);
    this.#wasAway = true;
    this.#say(t("connection.offline"), "away");
  }

  #stopped() {
    this.#say(t("connection.stopped"), "away");
    this.#retry.hidden = false;
  }

  #back() {
    this.#wasAway = false;
    this.#say(t("connection.back"), "back");
    this.#after(BACK_MS, () => this.#say("", ""));
  }

  /** @param {string} text @param {string} mood */
  #say(text, mood) {
    this.#text.textContent = text;
    this.#retry.textContent = t("connection.try");
    this.#retry.hidden = true;
    this.className = mood;
  }

  /** @param {number} ms @param {() => void} work */
  #after(ms, work) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(work, ms);
  }
}

customElements.define("carillon-connection", ConnectionLine);
