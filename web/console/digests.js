// @ts-check
/** Digests: what the next ones will tell, one made now, and the runs with how far they are. */

import { makeDigest, readDigests } from "../carillon/alerts.js";
import { h } from "../page/dom.js";
import { spoken, t } from "../page/texts.js";
import { Following } from "./following.js";
import { confirmed } from "./forms.js";
import { Listing } from "./listing.js";
import { button, gauge, when } from "./parts.js";
import { inZone, ownZone } from "./zones.js";

/** @typedef {import("./tab.js").Desk} Desk */
/** @typedef {import("../carillon/alerts.js").Coming} Coming */

const MOST_COUNTED = 1_000;

export class Digests extends Following {
  #desk = /** @type {Desk} */ (/** @type {unknown} */ (null));
  #coming = h("div", { class: "looks" });
  #runs = /** @type {Listing} */ (/** @type {unknown} */ (null));
  #isUnderWay = false;

  /** @param {Desk} desk */
  static of(desk) {
    const digests = new Digests();
    digests.#desk = desk;
    digests.#runs = digests.#list();
    digests.append(digests.#coming, h("h3", {}, t("digests.made")), digests.#runs);
    return digests;
  }

  isUnderWay() {
    return this.#isUnderWay;
  }

  async look() {
    await this.#runs.load();
  }

  #list() {
    return Listing.of({
      caption: t("digests.made"),
      columns: [
        { label: t("digests.window"), show: windowOf },
        { label: t("digests.range"), show: ({ range }) => t(`digests.${range}`) },
        { label: t("users.created"), show: (run) => when(run.created_at) },
        { label: t("alerts.subscribers"), isNumber: true, show: ({ subscribers }) => counted(subscribers) },
        { label: t("digests.emails"), isNumber: true, show: ({ emails }) => counted(emails) },
        { label: t("connections.state"), show: state },
      ],
      read: (after) => this.#read(after),
      empty: t("digests.none"),
    });
  }

  /** @param {string | undefined} after */
  async #read(after) {
    const stretch = await readDigests(this.#desk.admin, after);
    if (after) return stretch;
    this.#isUnderWay = stretch.items.some((run) => !run.completed_at);
    this.#coming.replaceChildren(...stretch.coming.map((one) => this.#card(one)));
    return stretch;
  }

  /** @param {Coming} coming */
  #card(coming) {
    const { range, contents, starts_at: start, due_at: due } = coming;
    const make = button(t("digests.now"), () => this.#make(coming), { about: t(`digests.${range}`) });
    return h("section", { class: "look coming", "aria-label": t(`digests.next-${range}`) },
      h("h4", {}, t(`digests.next-${range}`)),
      h("p", { class: "figure" }, contents < MOST_COUNTED ? counted(contents) : `${counted(contents)}+`),
      h("p", { class: "hint" }, t("digests.waiting", { count: contents, since: inZone(start, ownZone()) })),
      h("p", { class: "hint" }, t("digests.due", { at: inZone(due, ownZone()) })), make);
  }

  /** @param {Coming} coming */
  async #make(coming) {
    const isDone = await confirmed({
      title: t(`digests.now-${coming.range}`), note: t("digests.now-note"), submit: t("digests.now"),
      work: () => makeDigest(this.#desk.admin, coming),
    });
    if (!isDone) return;
    this.#desk.toasts.tell(t("digests.begun"));
    await this.#runs.load();
  }
}

customElements.define("console-digests", Digests);

/** @param {{date: string | null, starts_at: string, ends_at: string}} run */
function windowOf({ date, starts_at: start, ends_at: end }) {
  const span = `${inZone(start, ownZone())} – ${inZone(end, ownZone())}`;
  return date ? h("time", { datetime: date, title: span }, date) : h("span", {}, span);
}

/** @param {number | null} figure */
function counted(figure) {
  return figure === null ? "–" : figure.toLocaleString(spoken());
}

/** @param {{completed_at: string | null, subscribers: number | null, served: number}} run */
function state({ completed_at: at, subscribers, served }) {
  if (at) return h("span", { class: "state good" }, t("alerts.processed"));
  const running = h("span", { class: "state running" }, t("digests.running"));
  if (subscribers === null) return running;
  const said = t("digests.served", { served, count: subscribers });
  return h("span", { class: "reach" }, running, gauge(served, subscribers, said, true), h("span", {}, said));
}
