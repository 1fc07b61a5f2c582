// @ts-check
/** The next firings on a line, in a zone that one chooses, with the changes of its clocks. */

import { simulate } from "../carillon/schedules.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { shape } from "./chart.js";
import { allZones, clockChanges, inZone, isZone, ownZone, roughly } from "./zones.js";

const WIDTH = 1000;
const EDGE = 14;
const HEIGHT = 46;
const COUNT = 10;
const HOUR = 3_600_000;
/** Between the instants that are named below the line. */
const SPANS = 3;

/** @typedef {{at: string, local: string, wanted: string | null, reason: string | null, explanation: string | null}} Firing */

export class TimeLine extends HTMLElement {
  /** @type {Firing[]} */
  #firings = [];
  #from = 0;
  #zone = h("input", { list: "zones", autocomplete: "off", spellcheck: "false", "aria-label": t("timeline.zone") });
  #body = h("div", { "aria-live": "polite" });

  /** @param {string} zone that it is shown in to begin with */
  static of(zone) {
    const line = new TimeLine();
    line.#zone.value = isZone(zone) ? zone : ownZone();
    line.#zone.addEventListener("change", () => line.#draw());
    const label = h("label", { class: "zone" }, h("span", {}, t("timeline.zone")), line.#zone);
    const names = h("datalist", { id: "zones" }, ...allZones().map((name) => h("option", { value: name })));
    line.append(label, names, line.#body);
    return line;
  }

  /** Asks when something so defined is due, and shows it. @param {import("../carillon/console.js").Console} admin @param {Record<string, any>} given */
  async ask(admin, given) {
    try {
      this.show(await simulate(admin, { ...given, count: COUNT }), given.after ? Date.parse(given.after) : Date.now());
    } catch (error) {
      this.#body.replaceChildren(h("p", { class: "problem", role: "alert" }, reasonOf(error)));
    }
  }

  /** @param {Firing[]} firings soonest first @param {number} [from] where the line begins */
  show(firings, from = Date.now()) {
    this.#firings = firings;
    this.#from = from;
    this.#draw();
  }

  #draw() {
    const zone = this.#zone.value.trim();
    const isKnown = isZone(zone);
    this.#zone.setAttribute("aria-invalid", String(!isKnown));
    if (!isKnown) return this.#body.replaceChildren(h("p", { class: "problem", role: "alert" }, t("timeline.unknown", { zone })));
    if (!this.#firings.length) return this.#body.replaceChildren(h("p", { class: "nothing" }, t("timeline.never")));
    const until = Math.max(...this.#firings.map(({ at }) => Date.parse(at)));
    const start = Math.min(this.#from, Date.parse(this.#firings[0].at));
    const changes = clockChanges(zone, start, until + HOUR);
    const marks = marksOf(start, until);
    this.#body.replaceChildren(drawing(this.#firings, { changes, marks, along: between(start, until) }), named(marks, zone, between(start, until)), ...changes.map((one) => told(one, zone)), this.#list(zone));
  }

  /** @param {string} zone */
  #list(zone) {
    return h("ol", { class: "firings" }, ...this.#firings.map(({ at, local, wanted, reason, explanation }) => h("li", { class: reason ? "odd" : null },
      h("time", { datetime: at }, inZone(at, zone)),
      reason ? h("span", { class: "why" }, h("span", { class: "tag" }, reason.replaceAll("_", " ")), ` ${said(reason, explanation)}`,
        wanted ? ` (${t("timeline.wanted", { wanted: wanted.replace("T", " "), local: local.replace("T", " ") })})` : "") : null)));
  }
}

customElements.define("console-timeline", TimeLine);

/** @param {string} reason @param {string | null} explanation the server's, in English */
function said(reason, explanation) {
  const name = `reason.${reason}`;
  const text = t(name);
  return text === name ? explanation ?? "" : text;
}

/** @param {import("./zones.js").ClockChange} change @param {string} zone */
function told({ at, shift }, zone) {
  const minutes = Math.abs(shift) / 60_000;
  return h("p", { class: "clock-change" }, t(shift > 0 ? "timeline.gap" : "timeline.overlap", { at: inZone(at, zone), count: minutes }));
}

/** Where instants are along the line, from 0 to 1. @param {number} from @param {number} until @returns {(at: number) => number} */
function between(from, until) {
  return (at) => (EDGE + (WIDTH - 2 * EDGE) * (at - from) / Math.max(1, until - from)) / WIDTH;
}

/** The instants that are named below the line. @param {number} from @param {number} until */
function marksOf(from, until) {
  return Array.from({ length: SPANS + 1 }, (_, index) => from + (until - from) * index / SPANS);
}

/** @param {number[]} marks @param {string} zone @param {(at: number) => number} along */
function named(marks, zone, along) {
  const span = marks[SPANS] - marks[0];
  return h("p", { class: "time-marks", "aria-hidden": "true" }, ...marks.map((at) => {
    const name = h("span", {}, roughly(at, zone, span));
    name.style.left = `${100 * along(at)}%`;
    return name;
  }));
}

/** @param {Firing[]} firings @param {{changes: import("./zones.js").ClockChange[], marks: number[], along: (at: number) => number}} where */
function drawing(firings, { changes, marks, along }) {
  const line = shape("svg", { class: "time-line", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": t("timeline.drawn", { count: firings.length }) });
  const upright = (/** @type {string} */ name, /** @type {number} */ at, /** @type {number} */ inset) => {
    const x = (WIDTH * along(at)).toFixed(1);
    line.append(shape("line", { class: name, x1: x, x2: x, y1: inset, y2: HEIGHT - inset }));
  };
  for (const at of marks) upright("mark", at, 4);
  line.append(shape("line", { class: "axis", x1: EDGE, x2: WIDTH - EDGE, y1: HEIGHT / 2, y2: HEIGHT / 2 }));
  for (const { at, shift } of changes) upright(shift > 0 ? "gap" : "overlap", at, 2);
  for (const { at, reason } of firings) upright(reason ? "firing odd" : "firing", Date.parse(at), 12);
  return line;
}
