// @ts-check
/** Alerts: lists with whom they reach, what was published and how far it is, the e-mails that were caught. */

import { alertList, alertLists, caughtMail, caughtMails, publishedContents } from "../carillon/alerts.js";
import { CarillonError } from "../carillon.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { exact } from "../page/times.js";
import { reasonOf } from "../page/words.js";
import { Digests } from "./digests.js";
import { Listing } from "./listing.js";
import { back, button, facts, headline, own, tags, when } from "./parts.js";
import { Publication } from "./publication.js";
import { criteria, publish } from "./publishing.js";
import { isFollowed, places, Tab } from "./tab.js";

/** @typedef {import("./tab.js").Desk} Desk */
/** @typedef {import("../carillon/alerts.js").Published} Published */

const REFRESH_MS = 2_000;

const NAMES = ["alerts.lists", "alerts.published", "alerts.digests", "alerts.mails"];
/** @type {Record<string, (desk: Desk) => HTMLElement>} */
const PLACES = { lists, published, digests: (desk) => Digests.of(desk), mails };
/** @type {Record<string, (desk: Desk, id: string) => Promise<Node>>} */
const PAGES = { lists: listPage, published: (desk, id) => Publication.of(desk, id), mails: mailPage };

export class Alerts extends Tab {
  #content = h("div");
  #turn = 0;
  #timer = 0;

  /** @param {string[]} place */
  open([asked, id]) {
    this.close();
    this.#turn += 1;
    const place = asked in PLACES ? asked : "lists";
    this.replaceChildren(places("alerts", NAMES, place), this.#content);
    if (id && place in PAGES) void this.#openOne(place, id);
    else this.#content.replaceChildren(PLACES[place](this.desk));
    if (place === "published") this.#timer = setInterval(() => void follow(this.desk, this.#content), REFRESH_MS);
  }

  close() {
    clearInterval(this.#timer);
  }

  /** @param {string} place @param {string} id */
  async #openOne(place, id) {
    const turn = this.#turn;
    const content = await PAGES[place](this.desk, id).catch((error) => {
      const isGone = error instanceof CarillonError && error.status === 404;
      return h("p", { class: "nothing", role: "alert" }, isGone ? t("people.gone") : t("list.failed", { reason: reasonOf(error) }));
    });
    if (turn === this.#turn) this.#content.replaceChildren(content);
  }
}

customElements.define("console-alerts", Alerts);

// Lists

/** @param {Desk} desk */
function lists(desk) {
  return Listing.of({
    caption: t("alerts.lists"),
    columns: [
      { label: t("alerts.title"), show: ({ slug, title }) => h("a", { href: `#/alerts/lists/${encodeURIComponent(slug)}` }, h("bdi", { class: "clipped" }, title)) },
      { label: t("alerts.slug"), show: ({ slug }) => h("code", { class: "clipped" }, slug) },
      { label: t("alerts.criteria"), show: chosen },
      { label: t("alerts.subscribers"), isNumber: true, show: subscribers },
      { label: t("alerts.alerted"), show: (one) => when(one.last_alerted_at) },
    ],
    read: (after, q) => alertLists(desk.admin, q, after),
    empty: t("alerts.none"),
    search: t("alerts.search"),
  });
}

/** @param {any} list */
function chosen(list) {
  const known = criteria(list);
  return known.length ? tags(known) : t("alerts.everything");
}

/** @param {any} list */
function subscribers({ active_subscriptions_count: count }) {
  return count.toLocaleString(document.documentElement.lang);
}

/** @param {Desk} desk @param {string} slug */
async function listPage(desk, slug) {
  const list = await alertList(desk.admin, slug);
  return h("article", { class: "thing" },
    back("#/alerts/lists", t("alerts.all-lists")),
    headline(list.title, button(t("alerts.publish-to"), () => publish(desk, list), { look: "primary" })),
    facts([
      [t("alerts.slug"), h("code", {}, list.slug)],
      [t("users.id"), String(list.id)],
      [t("alerts.subscribers"), subscribers(list)],
      [t("alerts.address"), own(list.url ?? "–")],
      [t("alerts.description"), own(list.description || "–")],
      [t("users.created"), exact(list.created_at)],
      [t("alerts.alerted"), list.last_alerted_at ? exact(list.last_alerted_at) : "–"],
      [t("alerts.criteria"), chosen(list)],
    ]));
}

// What was published

/** @param {Desk} desk */
function published(desk) {
  return Listing.of({
    caption: t("alerts.published"),
    columns: [
      { label: t("alerts.title"), show: ({ id, title }) => h("a", { href: `#/alerts/published/${id}` }, h("bdi", { class: "clipped" }, title)) },
      { label: t("trace.kind"), show: ({ kind }) => t(kind === "message" ? "alerts.message" : "alerts.change") },
      { label: t("audit.at"), show: (row) => when(row.created_at) },
      { label: t("alerts.lists"), isNumber: true, show: (row) => h("span", { "data-lists": row.id }, matched(row)) },
      { label: t("connections.state"), show: (row) => h("span", { "data-content": row.id }, state(row)) },
    ],
    read: (after) => publishedContents(desk.admin, after),
    empty: t("alerts.none-published"),
    above: [button(t("alerts.publish"), () => publish(desk, {}), { look: "primary" })],
  });
}

/** @param {Published} row */
function matched({ matched_at: at, lists: count }) {
  return at ? count.toLocaleString(document.documentElement.lang) : "…";
}

/** @param {Published} row */
function state({ matched_at: matchedAt, processed_at: processedAt, emails }) {
  const count = emails ?? 0;
  if (!matchedAt) return h("span", { class: "state" }, t("alerts.matching"));
  if (!processedAt) return h("span", { class: "state" }, t("alerts.generating", { count }));
  return h("span", { class: "state good" }, emails === null ? t("alerts.processed") : t("alerts.made", { count }));
}

/** Says anew how far each is, while one of them is on its way. @param {Desk} desk @param {ParentNode} root */
async function follow(desk, root) {
  if (!isFollowed(desk)) return;
  if (!root.querySelector("[data-content] .state:not(.good)")) return;
  const newest = await publishedContents(desk.admin).catch(() => ({ items: [] }));
  for (const row of newest.items) {
    root.querySelector(`[data-content="${row.id}"]`)?.replaceChildren(state(row));
    root.querySelector(`[data-lists="${row.id}"]`)?.replaceChildren(matched(row));
  }
}

// Caught e-mails

/** @param {Desk} desk */
function mails(desk) {
  return Listing.of({
    caption: t("alerts.mails"),
    columns: [
      { label: t("alerts.subject"), show: ({ id, subject }) => h("a", { href: `#/alerts/mails/${id}` }, own(subject)) },
      { label: t("broadcast.to"), show: ({ to }) => own(to) },
      { label: t("audit.at"), show: (row) => when(row.at) },
    ],
    read: (_, to) => caughtMails(desk.admin, to),
    empty: t("alerts.none-caught"),
    search: t("alerts.search-mails"),
  });
}

/** @param {Desk} desk @param {string} id */
async function mailPage(desk, id) {
  const mail = await caughtMail(desk.admin, id);
  const headers = Object.entries(mail.headers).map(([name, value]) => `${name}: ${value}`);
  return h("article", { class: "thing" },
    back("#/alerts/mails", t("alerts.mails")),
    headline(mail.subject, h("a", { class: "button", href: `/mail/${id}/`, target: "_blank", rel: "noopener" }, t("alerts.whole-mail"))),
    facts([[t("broadcast.to"), own(mail.to)], [t("audit.at"), exact(mail.at)]]),
    h("h3", {}, t("broadcast.text")), h("pre", { tabindex: 0, dir: "auto" }, mail.text),
    h("h3", {}, t("alerts.headers")), h("pre", { tabindex: 0 }, headers.join("\n")));
}
