// @ts-check
/** What says when a schedule is due: as a text, as a form, and tried out before it is made. */

import { CarillonError } from "../carillon.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { TimeLine } from "./timeline.js";

const GAPS = ["shift", "earlier", "skip"];
const OVERLAPS = ["first", "last", "both"];

/** @param {any} schedule */
export function rule({ cron_definition: cron, interval_definition: interval }) {
  return [cron, interval].filter(Boolean).join(" + ") || t("schedules.once");
}

/** What `simulate` needs of a schedule. @param {any} schedule */
export function definition(schedule) {
  const names = ["cron_definition", "interval_definition", "next_send_at", "time_zone", "on_gap", "on_overlap"];
  return Object.fromEntries(names.map((name) => [name, schedule[name]]));
}

/** @param {any} one @returns {import("./forms.js").Field[]} */
export function fields(one) {
  return [
    { name: "endpoint", label: t("schedules.endpoint"), value: one.endpoint },
    { name: "payload", label: t("schedules.payload"), type: "textarea", value: JSON.stringify(one.payload ?? null, null, 2) },
    ...when(one),
  ];
}

/** @param {any} one @returns {import("./forms.js").Field[]} */
function when(one) {
  const gaps = GAPS.map((value) => /** @type {[string, string]} */ ([value, t(`gap.${value}`)]));
  const overlaps = OVERLAPS.map((value) => /** @type {[string, string]} */ ([value, t(`overlap.${value}`)]));
  return [
    { name: "cron_definition", label: t("schedules.cron"), value: one.cron_definition, hint: t("schedules.cron-hint") },
    { name: "interval_definition", label: t("schedules.interval"), value: one.interval_definition, hint: t("schedules.interval-hint") },
    { name: "time_zone", label: t("users.zone"), value: one.time_zone },
    { name: "on_gap", label: t("schedules.on-gap"), type: "select", value: one.on_gap, options: gaps },
    { name: "on_overlap", label: t("schedules.on-overlap"), type: "select", value: one.on_overlap, options: overlaps },
  ];
}

/** A form's values, as the server takes them; throws when the payload is no JSON. @param {Record<string, any>} values */
export function given({ payload, ...values }) {
  try {
    return { ...values, payload: JSON.parse(payload) };
  } catch {
    throw new CarillonError(400, { payload: t("schedules.not-json") });
  }
}

/** A rule that is tried out: nothing is kept of it. */
export class Trial extends HTMLElement {
  /** @param {import("../carillon/console.js").Console} admin */
  static of(admin) {
    const trial = new Trial();
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const line = TimeLine.of(zone);
    const form = h("form", { class: "trial", novalidate: true }, ...when({ time_zone: zone, cron_definition: "30 2 * * *" }).map(field),
      field({ name: "after", label: t("trial.after"), type: "datetime-local", hint: t("trial.after-hint") }),
      h("button", { class: "button primary" }, t("trial.button")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void line.ask(admin, filled(new FormData(form)));
    });
    trial.append(form, line);
    void line.ask(admin, filled(new FormData(form)));
    return trial;
  }
}

customElements.define("console-trial", Trial);

/** @param {import("./forms.js").Field} field */
function field({ name, label, type = "text", value, options = [], hint }) {
  const control = type === "select"
    ? h("select", { name }, ...options.map(([key, text]) => h("option", { value: key }, text)))
    : h("input", { name, type, value: value ?? null, autocomplete: "off", spellcheck: "false" });
  return h("label", { class: "field" }, h("span", {}, label), control, hint ? h("span", { class: "hint" }, hint) : null);
}

/** @param {FormData} form */
function filled(form) {
  const values = Object.fromEntries([...form].filter(([, value]) => value !== ""));
  return values.after ? { ...values, after: `${values.after}Z` } : values;
}
