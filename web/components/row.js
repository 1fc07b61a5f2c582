// @ts-check
/** One line of a list: a link that opens its item. */

import { avatar, h, icon } from "../page/dom.js";
import { hrefOf } from "../page/route.js";
import { t } from "../page/texts.js";
import { exact, long, timeOf } from "../page/times.js";
import { counterpart, snippet } from "../page/words.js";

/** @typedef {import("../carillon.js").Item} Item */

/**
 * @param {Item} item
 * @param {string} view the box it is opened in
 * @returns {HTMLLIElement}
 */
export function makeRow(item, view) {
  const link = h("a", { class: "row", href: hrefOf(view, item), tabindex: -1 });
  fill(link, item);
  const box = h("input", { type: "checkbox", class: "tick", tabindex: -1, "aria-label": tickLabel(item) });
  return h("li", { class: "line" }, link, h("label", { class: "tick-spot" }, box));
}

/** @param {Item} item */
function tickLabel(item) {
  return t("selection.choose", { name: counterpart(item), text: snippet(item.content, 60) });
}

/** @param {HTMLElement} row @param {Item} item */
export function updateRow(row, item) {
  const link = /** @type {HTMLElement} */ (row.firstElementChild);
  fill(link, item);
}

/** @param {HTMLElement} link @param {Item} item */
function fill(link, item) {
  const isUnread = item.is_read === false;
  link.classList.toggle("unread", isUnread);
  link.replaceChildren(sign(item), head(item, isUnread), h("span", { class: "snippet", dir: "auto" }, snippet(item.content)));
}

/** @param {Item} item @param {boolean} isUnread */
function head(item, isUnread) {
  return h("span", { class: "row-head" },
    isUnread ? h("span", { class: "visually-hidden" }, t("item.unread")) : null,
    isOwn(item) ? h("span", { class: "to" }, t("item.to")) : null,
    h("bdi", { class: "who" }, counterpart(item)),
    listOf(item),
    item.kind === "scheduled" ? whenOf(item) : timeOf(item.sent_on),
    isUnread ? h("span", { class: "unread-dot", "aria-hidden": "true" }) : null);
}

/** The list that an alert came by. @param {Item} item */
function listOf({ origin }) {
  const title = origin?.list?.title;
  return title ? h("span", { class: "of-list" }, h("span", { class: "visually-hidden" }, t("item.list")), h("bdi", {}, title)) : null;
}

/** Whether the reader wrote it. @param {Item} item */
export function isOwn({ kind }) {
  return kind === "sent" || kind === "scheduled";
}

/** When it leaves. @param {Item} item */
export function whenOf({ send_at: at, state }) {
  if (state === "failed") return h("span", { class: "problem" }, t("scheduled.failed"));
  return at ? h("time", { datetime: at, title: exact(at) }, long(at)) : h("span", {}, t("scheduled.by-schedule"));
}

/** @param {Item} item */
export function sign(item) {
  if (item.kind !== "notice") return avatar(counterpart(item));
  return h("span", { class: "avatar notice", "aria-hidden": "true" }, icon("horn"));
}
