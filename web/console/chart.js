// @ts-check
/** A figure as a small chart: its value in words, and the line of the last two minutes between its axes. */

import { h } from "../page/dom.js";
import { spoken, t } from "../page/texts.js";
import { KEPT_S } from "./figures.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 240;
const HEIGHT = 56;
const TOP = 4;
/** Longer without a figure is a gap in the line. */
const GAP_S = 4;

/** @typedef {{ago: number, value: number}} Point */

/**
 * @typedef {object} Plan
 * @property {string} label
 * @property {string} [unit]
 * @property {number} [digits] after the point, below 10
 * @property {number} [least] the scale ends there or further up
 */

export class Chart extends HTMLElement {
  #value = h("p", { class: "figure" });
  #scale = h("span");
  #then = h("span");
  #now = h("span", {}, t("now.now"));
  #drawing = shape("svg", { class: "course", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  #area = shape("path", { class: "area" });
  #line = shape("path", { class: "stroke" });
  #pointer = shape("line", { class: "pointer", y1: 0, y2: HEIGHT });
  /** @type {Point[]} */
  #points = [];
  /** Where along the line is pointed at, from 0 to 1. @type {number | null} */
  #at = null;
  /** @type {Plan} */
  #plan = { label: "" };

  /** @param {Plan} plan */
  static of(plan) {
    const chart = new Chart();
    chart.#plan = plan;
    chart.#drawing.append(chart.#area, chart.#line, chart.#pointer);
    chart.append(h("h2", {}, plan.label), chart.#value, h("div", { class: "plot" }, chart.#drawing,
      h("div", { class: "heights", "aria-hidden": "true" }, chart.#scale, h("span", {}, "0")),
      h("div", { class: "times", "aria-hidden": "true" }, chart.#then, chart.#now)));
    chart.className = "tile";
    chart.#drawing.addEventListener("pointermove", (event) => chart.#point(event));
    chart.#drawing.addEventListener("pointerleave", () => chart.#point(null));
    return chart;
  }

  /** Tells what it was then. @param {MouseEvent | null} event */
  #point(event) {
    const { left, width } = this.#drawing.getBoundingClientRect();
    this.#at = event && (event.clientX - left) / width;
    this.#tell();
  }

  #tell() {
    const wanted = KEPT_S * (1 - (this.#at ?? 0));
    const point = this.#at === null ? undefined : nearest(this.#points, wanted);
    this.#pointer.toggleAttribute("hidden", !point);
    this.#now.hidden = Boolean(point);
    this.#then.textContent = point ? t("now.then", { ago: Math.round(point.ago), value: this.#withUnit(point.value) }) : t("now.beginning", { count: KEPT_S / 60 });
    for (const end of ["x1", "x2"]) this.#pointer.setAttribute(end, along(point?.ago ?? 0));
  }

  /** @param {Point[]} points the oldest first */
  show(points) {
    const last = points.at(-1);
    const top = Math.max(this.#plan.least ?? 1, ...points.map(({ value }) => value));
    this.#value.replaceChildren(last ? this.#said(last.value) : "–", ...(last && this.#plan.unit ? [h("small", {}, ` ${this.#plan.unit}`)] : []));
    this.#scale.textContent = points.length ? this.#said(top) : "";
    this.#points = points;
    this.#tell();
    const stretches = split(points).map((stretch) => stretch.map(({ ago, value }) => place(ago, value, top)));
    this.#line.setAttribute("d", stretches.map((stretch) => `M${stretch.join("L")}`).join(""));
    this.#area.setAttribute("d", stretches.map(closed).join(""));
    const value = last ? this.#withUnit(last.value) : "–";
    this.#drawing.setAttribute("aria-label", t("now.chart", { name: this.#plan.label, value, top: this.#said(top) }));
  }

  /** @param {number} value */
  #withUnit(value) {
    return `${this.#said(value)} ${this.#plan.unit ?? ""}`.trim();
  }

  /** @param {number} value */
  #said(value) {
    const most = value < 10 ? this.#plan.digits ?? 0 : 0;
    return value.toLocaleString(spoken(), { maximumFractionDigits: most });
  }
}

customElements.define("console-chart", Chart);

/** Whether something can be reached, now and over the last two minutes. */
export class Lamp extends HTMLElement {
  #value = h("p", { class: "figure" });
  #drawing = shape("svg", { class: "course", viewBox: `0 0 ${WIDTH} 10`, preserveAspectRatio: "none", "aria-hidden": "true" });

  /** @param {string} label */
  static of(label) {
    const lamp = new Lamp();
    lamp.className = "tile lamp-tile";
    lamp.append(h("h2", {}, label), lamp.#value, lamp.#drawing);
    return lamp;
  }

  /** @param {Point[]} points 1 where it was reached @param {string} otherwise what is said when it is not */
  show(points, otherwise) {
    const isReached = points.at(-1)?.value === 1;
    const state = points.length === 0 ? "unknown" : isReached ? "good" : "bad";
    this.dataset.state = state;
    this.#value.replaceChildren(h("span", { class: "lamp", "aria-hidden": "true" }),
      state === "unknown" ? "–" : isReached ? t("now.reached") : otherwise);
    this.#drawing.replaceChildren(...points.map(({ ago, value }) => shape("rect", {
      class: value === 1 ? "good" : "bad", x: along(ago + 1), y: 0, width: WIDTH / KEPT_S, height: 10,
    })));
  }
}

customElements.define("console-lamp", Lamp);

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
export function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** @param {Point[]} points @param {number} ago @returns {Point | undefined} */
function nearest(points, ago) {
  return points.toSorted((one, other) => Math.abs(one.ago - ago) - Math.abs(other.ago - ago))[0];
}

/** @param {Point[]} points @returns {Point[][]} without the gaps between them */
function split(points) {
  /** @type {Point[][]} */
  const stretches = [];
  for (const [index, point] of points.entries()) {
    if (index === 0 || points[index - 1].ago - point.ago > GAP_S) stretches.push([]);
    stretches.at(-1)?.push(point);
  }
  return stretches;
}

/** @param {number} ago seconds */
function along(ago) {
  return Math.max(0, WIDTH * (1 - ago / KEPT_S)).toFixed(1);
}

/** @param {number} ago @param {number} value @param {number} top */
function place(ago, value, top) {
  return `${along(ago)} ${(HEIGHT - 1 - (HEIGHT - 1 - TOP) * Math.max(0, value) / top).toFixed(1)}`;
}

/** @param {string[]} stretch the line's places */
function closed(stretch) {
  const [first, last] = [stretch[0], stretch[stretch.length - 1]].map((one) => one.split(" ")[0]);
  return `M${first} ${HEIGHT}L${stretch.join("L")}L${last} ${HEIGHT}Z`;
}
