// @ts-check
/**
 * A set's messages while they are written: it goes on whatever tab is shown, and is found again on the set's page,
 * also by who comes back to the console later: what is to be written is kept in the browser until all of it is.
 */

import { newKey } from "../carillon.js";
import { changeMessage, makeMessage } from "../carillon/stages.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { placeOf } from "./message-files.js";
import { button, gauge } from "./parts.js";

/** @typedef {import("./tab.js").Desk} Desk */
/** @typedef {import("./message-files.js").Difference} Difference */

/** Fires `step` after each message, and when it ends or breaks off. */
export class Upload extends EventTarget {
  #desk;
  #set;
  #steps;
  done = 0;
  /** Why it broke off; what was done is not done again when it goes on. */
  problem = "";
  /** Whether it is found again when the page is left. */
  isKept;

  /** @param {Desk} desk @param {number} set @param {Difference[]} differences */
  constructor(desk, set, differences) {
    super();
    this.#desk = desk;
    this.#set = set;
    this.#steps = differences.map((difference) => ({ difference, key: newKey() }));
    desk.uploads.set(set, this);
    this.isKept = desk.keepsakes.keepUpload(set, differences.map(({ given }) => given));
  }

  get count() {
    return this.#steps.length;
  }

  /** Writes what is left. */
  async run() {
    this.problem = "";
    this.dispatchEvent(new Event("step"));
    try {
      for (; this.done < this.count; this.dispatchEvent(new Event("step"))) {
        await apply(this.#desk, this.#set, this.#steps[this.done]);
        this.done += 1;
      }
      this.#end();
    } catch (error) {
      this.problem = reasonOf(error);
      this.dispatchEvent(new Event("step"));
    }
  }

  /** What was written stays. */
  giveUp() {
    this.#forget();
    this.dispatchEvent(new Event("step"));
  }

  #end() {
    this.#forget();
    this.#desk.toasts.tell(t("stages.applied", { count: this.count }));
    this.dispatchEvent(new Event("step"));
  }

  #forget() {
    this.#desk.uploads.delete(this.#set);
    this.#desk.keepsakes.keepUpload(this.#set, []);
  }
}

/** How far an upload is; nothing where there is none. */
export class UploadLine extends HTMLElement {
  /** @type {Upload | undefined} */
  #upload;
  #again = () => {};
  #onStep = () => this.#draw();
  #text = h("p", { role: "status" });
  #bar = h("div");
  #acts = h("div", { class: "row-acts" });

  /** @param {Upload | undefined} upload @param {() => void} again shows the set as it is then */
  static of(upload, again) {
    const line = new UploadLine();
    line.#upload = upload;
    line.#again = again;
    line.hidden = !upload;
    line.append(line.#text, line.#bar, line.#acts);
    return line;
  }

  connectedCallback() {
    if (!this.#upload) return;
    this.#upload.addEventListener("step", this.#onStep);
    this.#draw();
  }

  disconnectedCallback() {
    this.#upload?.removeEventListener("step", this.#onStep);
  }

  #draw() {
    const upload = /** @type {Upload} */ (this.#upload);
    const { done, count, problem } = upload;
    if (done === count) return this.#again();
    this.classList.toggle("broken", problem !== "");
    this.#bar.replaceChildren(gauge(done, count, "", true));
    this.#text.textContent = [t("stages.progress", { done, count }), problem].filter(Boolean).join(" · ");
    this.#acts.replaceChildren(...(problem ? [button(t("stages.go-on"), () => upload.run(), { look: "primary small" }), button(t("stages.give-up"), () => this.#giveUp(upload), { look: "small" })] : []));
  }

  /** @param {Upload} upload */
  #giveUp(upload) {
    upload.giveUp();
    this.#again();
  }
}

customElements.define("console-upload", UploadLine);

/** @param {Desk} desk @param {number} id @param {{difference: Difference, key: string}} step */
async function apply({ admin }, id, { difference: { given, present }, key }) {
  const { sequence_number: number, lang, ...content } = given;
  try {
    if (present) await changeMessage(admin, present.id, content);
    else await makeMessage(admin, { messageset: id, sequence_number: number, lang, ...content }, key);
  } catch (error) {
    throw new Error(t("stages.refused", { place: placeOf(given), reason: reasonOf(error) }));
  }
}
