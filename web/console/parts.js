// @ts-check
/** What the tabs are made of: tables, buttons, descriptions. */

import { h, icon } from "../page/dom.js";
import { t } from "../page/texts.js";
import { timeOf } from "../page/times.js";

/** @typedef {Node | string | null} Shown */
/** @typedef {{label: string, isNumber?: boolean, show: (row: any) => Shown}} Column */

/**
 * A table that becomes a stack of cards where there is no room; the roles say that it stays a table.
 *
 * @param {{caption: string, columns: Column[], rows: any[], acts?: (row: any) => Node[]}} plan
 */
export function table({ caption, columns, rows, acts }) {
  const head = columns.map(({ label, isNumber }) => h("th", { scope: "col", role: "columnheader", class: isNumber ? "number" : null }, label));
  if (acts) head.push(h("th", { scope: "col", role: "columnheader", class: "acts" }, h("span", { class: "visually-hidden" }, t("table.acts"))));
  return h("table", { role: "table" },
    h("caption", {}, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...head)),
    h("tbody", { role: "rowgroup" }, ...rows.map((row) => line(row, columns, acts))));
}

/** @param {any} row @param {Column[]} columns @param {((row: any) => Node[]) | undefined} acts */
function line(row, columns, acts) {
  const cells = columns.map(({ label, isNumber, show }, index) => h(index === 0 ? "th" : "td", {
    role: index === 0 ? "rowheader" : "cell", scope: index === 0 ? "row" : null, "data-label": label, class: isNumber ? "number" : null,
  }, show(row) ?? ""));
  if (acts) cells.push(h("td", { role: "cell", class: "acts" }, ...acts(row)));
  return h("tr", { role: "row" }, ...cells);
}

/**
 * @param {string} text
 * @param {() => unknown} work
 * @param {{look?: string, sign?: string, about?: string}} [options] `about` tells buttons of a list apart
 */
export function button(text, work, { look = "", sign, about } = {}) {
  const label = about ? `${text}: ${about}` : null;
  const made = h("button", { class: `button ${look}`.trim(), type: "button", "aria-label": label }, sign ? icon(sign) : null, text);
  made.addEventListener("click", () => void work());
  return made;
}

/**
 * What is known of something, line by line; empty ones are left out.
 *
 * @param {[string, Shown][]} facts
 */
export function facts(facts) {
  const known = facts.filter(([, value]) => value !== null && value !== "");
  return h("dl", { class: "facts" }, ...known.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** Draws something anew; the focus stays at its place there. @param {Element} root @param {() => void} draw */
export function redraw(root, draw) {
  const controls = () => /** @type {HTMLElement[]} */ ([...root.querySelectorAll("a, button, input")]);
  const at = controls().findIndex((control) => control === document.activeElement);
  draw();
  if (at >= 0) (controls()[at] ?? controls().at(-1))?.focus();
}

/** @param {string[]} words shown as little tags */
export function tags(words) {
  return h("span", { class: "tags" }, ...words.map((word) => h("bdi", { class: "tag" }, word)));
}

/** @param {string} text written by somebody: its direction is its own */
export function own(text) {
  return h("bdi", {}, text);
}

/** A name with dots, which may go on in another line after each. @param {string} name */
export function breakable(name) {
  return name.split(/(?<=\.)/).flatMap((part) => [part, h("wbr")]);
}

/** @param {string | null | undefined} iso */
export function when(iso) {
  return iso ? timeOf(iso) : "–";
}

/** @param {string} text @returns {string[]} what stands between commas */
export function words(text) {
  return [...new Set(text.split(",").map((word) => word.trim()).filter(Boolean))];
}

/** How much of a whole, as a bar. @param {number} value @param {number} whole @param {string} label @param {boolean} [isSaid] whether the figure stands beside it anyway */
export function gauge(value, whole, label, isSaid = false) {
  const filled = h("span");
  filled.style.width = `${100 * Math.min(1, value / Math.max(1, whole))}%`;
  const said = isSaid ? { "aria-hidden": "true" } : { role: "meter", "aria-label": label, "aria-valuenow": value, "aria-valuemin": 0, "aria-valuemax": Math.max(1, whole) };
  return h("span", { class: "gauge", ...said }, filled);
}

/** The way back to the list that something was chosen from. @param {string} href @param {string} text */
export function back(href, text) {
  return h("a", { class: "back", href }, icon("back"), text);
}

/** What stands above a list or a thing. @param {string} title @param {...(Node | null)} acts */
export function headline(title, ...acts) {
  return h("header", { class: "headline" }, h("h2", { dir: "auto" }, title), h("div", { class: "row-acts" }, ...acts));
}
