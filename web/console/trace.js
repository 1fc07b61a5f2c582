// @ts-check
/** One message's way, from accepted to read, device by device. */

import { h, say } from "../page/dom.js";
import { t } from "../page/texts.js";
import { exact } from "../page/times.js";
import { reasonOf } from "../page/words.js";
import { person } from "./doors.js";
import { facts, table } from "./parts.js";
import { Tab } from "./tab.js";

export class Trace extends Tab {
  #kind = h("select", { id: "trace-kind" }, h("option", { value: "message" }, t("compose.message")), h("option", { value: "notice" }, t("compose.notice")));
  #number = h("input", { id: "trace-number", inputmode: "numeric", autocomplete: "off" });
  #problem = h("p", { class: "problem", role: "alert", hidden: true });
  #content = h("div", { "aria-live": "polite" });
  #turn = 0;

  connectedCallback() {
    const form = h("form", { class: "asking", novalidate: true },
      h("div", { class: "field" }, h("label", { for: "trace-kind" }, t("trace.kind")), this.#kind),
      h("div", { class: "field" }, h("label", { for: "trace-number" }, t("trace.number")), this.#number),
      h("button", { class: "button primary" }, t("trace.show")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const href = `#/trace/${this.#kind.value}/${encodeURIComponent(this.#number.value.trim())}`;
      if (href === location.hash) void this.#show();
      else location.hash = href;
    });
    this.replaceChildren(form, this.#problem, this.#content);
  }

  /** @param {string[]} place */
  open([kind, id]) {
    this.#kind.value = kind === "notice" ? "notice" : "message";
    this.#number.value = id ?? "";
    void this.#show();
  }

  async #show() {
    const turn = this.#turn += 1;
    const id = this.#number.value.trim();
    say(this.#problem, "");
    this.#content.replaceChildren(...(id ? [] : [h("p", { class: "nothing" }, t("trace.hint"))]));
    if (!id) return;
    if (!/^\d{1,16}$/.test(id)) return say(this.#problem, t("trace.no-number"));
    try {
      const found = await this.desk.admin.trace(/** @type {any} */ (this.#kind.value), Number(id));
      if (turn === this.#turn) this.#content.replaceChildren(...drawn(found));
    } catch (error) {
      if (turn === this.#turn) say(this.#problem, reasonOf(error));
    }
  }
}

customElements.define("console-trace", Trace);

/** @param {any} trace */
function drawn({ steps, record, receipts, counts }) {
  const first = Date.parse(steps[0]?.on ?? "");
  return [
    h("ol", { class: "steps" }, ...steps.map((/** @type {any} */ step) => stepped(step, first))),
    record && facts([
      [t("trace.record"), h("code", {}, record.id)],
      [t("connections.state"), record.state],
      [t("trace.attempts"), String(record.attempts)],
      [t("now.process"), record.process && h("code", {}, record.process)],
    ]),
    counts ? facts(Object.entries(counts).map(([name, count]) => [t(`trace.${name}`), count.toLocaleString(document.documentElement.lang)])) : people(receipts ?? []),
  ].filter(Boolean);
}

/** @param {{step: string, on: string | null, known_by: string | null}} step @param {number} first */
function stepped({ step, on, known_by: by }, first) {
  const after = on ? Date.parse(on) - first : NaN;
  return h("li", { class: on ? null : "unknown" },
    h("span", { class: "step" }, t(`step.${step}`)),
    on ? h("time", { datetime: on, title: exact(on) }, after > 0 ? t("trace.after", { ms: after }) : exact(on)) : h("span", {}, t("trace.unknown")),
    by ? h("code", {}, by) : null);
}

/** @param {any[]} receipts */
function people(receipts) {
  return table({
    caption: t("trace.people"),
    columns: [
      { label: t("users.name"), show: ({ recipient }) => person(typeof recipient === "object" ? recipient : { id: null, username: String(recipient) }) },
      { label: t("trace.stored"), show: ({ is_stored: is }) => t(is ? "trace.yes" : "trace.no") },
      { label: t("trace.devices"), show: devices },
      { label: t("trace.read"), show: (one) => one.is_read ? one.read_on ? exact(one.read_on) : t("trace.yes") : t("trace.no") },
    ],
    rows: receipts,
  });
}

/** @param {any} receipt */
function devices({ devices: known, pushed_here: pushed }) {
  const here = new Map(pushed.map((/** @type {any} */ one) => [one.device, one.on]));
  const names = [...new Set([...known.map((/** @type {any} */ one) => one.device), ...here.keys()])];
  if (!names.length) return t("trace.no-device");
  return h("ul", {}, ...names.map((name) => {
    const one = known.find((/** @type {any} */ device) => device.device === name);
    const far = one?.is_acknowledged ? "acknowledged" : one?.is_pushed || here.has(name) ? "pushed" : "not-pushed";
    return h("li", {}, h("code", {}, name), ` · ${t(`trace.${far}`)}`);
  }));
}
