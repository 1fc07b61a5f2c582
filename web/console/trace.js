// @ts-check
/** One message's way, from accepted to read, device by device; followed while one looks. */

import { readersOf } from "../carillon/broadcasts.js";
import { h, say } from "../page/dom.js";
import { t } from "../page/texts.js";
import { exact } from "../page/times.js";
import { reasonOf } from "../page/words.js";
import { person } from "./doors.js";
import { Listing } from "./listing.js";
import { facts } from "./parts.js";
import { isFollowed, Tab } from "./tab.js";

/** @typedef {import("./tab.js").Desk} Desk */

const REFRESH_MS = 2_000;

export class Trace extends Tab {
  #kind = h("select", { id: "trace-kind" }, h("option", { value: "message" }, t("compose.message")), h("option", { value: "notice" }, t("compose.notice")));
  #number = h("input", { id: "trace-number", inputmode: "numeric", autocomplete: "off" });
  #problem = h("p", { class: "problem", role: "alert", hidden: true });
  #way = h("div", { "aria-live": "polite" });
  #people = h("div");
  #turn = 0;
  #timer = 0;

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
    this.replaceChildren(form, this.#problem, this.#way, this.#people);
  }

  close() {
    clearInterval(this.#timer);
  }

  /** @param {string[]} place */
  open([kind, id]) {
    this.#kind.value = kind === "notice" ? "notice" : "message";
    this.#number.value = id ?? "";
    void this.#show();
  }

  async #show() {
    this.close();
    const turn = this.#turn += 1;
    const id = this.#number.value.trim();
    say(this.#problem, "");
    this.#way.replaceChildren(...(id ? [] : [h("p", { class: "nothing" }, t("trace.hint"))]));
    this.#people.replaceChildren();
    if (!id) return;
    if (!/^\d{1,16}$/.test(id)) return say(this.#problem, t("trace.no-number"));
    const kind = /** @type {"message" | "notice"} */ (this.#kind.value);
    try {
      const found = await this.desk.admin.trace(kind, Number(id));
      if (turn === this.#turn) this.#follow(kind, found);
    } catch (error) {
      if (turn === this.#turn) say(this.#problem, reasonOf(error));
    }
  }

  /** Shows it, and anew whenever there is more to tell. @param {"message" | "notice"} kind @param {any} found */
  #follow(kind, found) {
    const turn = this.#turn;
    const list = found.counts ? readers(this.desk, found.id) : recipients(this.desk, kind, found.id);
    this.#way.replaceChildren(...way(found));
    this.#people.replaceChildren(h("h3", {}, t(found.counts ? "trace.read-by" : "trace.people")), list);
    let told = JSON.stringify(found);
    this.#timer = setInterval(async () => {
      if (!isFollowed(this.desk)) return;
      const now = await this.desk.admin.trace(kind, found.id).catch(() => found);
      if (turn !== this.#turn || JSON.stringify(now) === told) return;
      told = JSON.stringify(now);
      this.#way.replaceChildren(...way(now));
      if (!list.isLong) await list.load();
    }, REFRESH_MS);
  }
}

customElements.define("console-trace", Trace);

/** @param {any} trace */
function way({ steps, record, counts }) {
  const first = Date.parse(steps[0]?.on ?? "");
  return [
    h("ol", { class: "steps" }, ...steps.map((/** @type {any} */ step) => stepped(step, first))),
    record && facts([
      [t("trace.record"), h("code", {}, record.id)],
      [t("connections.state"), record.state],
      [t("trace.attempts"), String(record.attempts)],
      [t("now.process"), record.process && h("code", {}, record.process)],
    ]),
    counts && facts(Object.entries(counts).map(([name, count]) => [t(`trace.${name}`), count.toLocaleString(document.documentElement.lang)])),
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

/** @param {Desk} desk @param {"message" | "notice"} kind @param {number} id */
function recipients({ admin }, kind, id) {
  return Listing.of({
    caption: t("trace.people"),
    columns: [
      { label: t("users.name"), show: ({ recipient }) => person(typeof recipient === "object" ? recipient : { id: null, username: String(recipient) }) },
      { label: t("trace.stored"), show: ({ is_stored: is }) => t(is ? "trace.yes" : "trace.no") },
      { label: t("trace.devices"), show: devices },
      { label: t("trace.read"), show: (one) => one.is_read ? one.read_on ? exact(one.read_on) : t("trace.yes") : t("trace.no") },
    ],
    read: async (after) => {
      const { receipts, next } = await admin.trace(kind, id, after);
      return { items: receipts, next };
    },
    empty: t("trace.nobody"),
  });
}

/** @param {Desk} desk @param {number} id of a notice to an audience */
function readers({ admin }, id) {
  return Listing.of({
    caption: t("trace.read-by"),
    columns: [
      { label: t("users.name"), show: ({ user }) => person(user) },
      { label: t("trace.read-on"), show: ({ read_on: on }) => on ? exact(on) : t("trace.unknown") },
    ],
    read: (after) => readersOf(admin, id, after),
    empty: t("trace.unread"),
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
