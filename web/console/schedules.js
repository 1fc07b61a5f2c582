// @ts-check
/** Schedules: when each is due, firing one now, pausing it; what failed, and beginning it anew. */

import { newKey } from "../carillon.js";
import {
  changeSchedule, deleteSchedule, fireSchedule, makeSchedule, readFailures, readSchedule, readSchedules, requeueFailures,
} from "../carillon/schedules.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { changesOf } from "./editing.js";
import { confirmed, openForm } from "./forms.js";
import { Listing } from "./listing.js";
import { button, facts, headline, own, redraw, when } from "./parts.js";
import { definition, fields, given, rule, Trial } from "./rules.js";
import { places, Tab } from "./tab.js";
import { TimeLine } from "./timeline.js";
import { inZone } from "./zones.js";

/** @typedef {import("./tab.js").Desk} Desk */

const NAMES = ["schedules.list", "schedules.failures", "schedules.trial"];
/** @type {Record<string, (desk: Desk) => Node>} */
const PLACES = { list: scheduleList, failures: failureList, trial: (desk) => Trial.of(desk.admin) };

export class Schedules extends Tab {
  #content = h("div");
  #turn = 0;

  /** @param {string[]} place */
  open([asked, id]) {
    const place = asked in PLACES ? asked : "list";
    this.#turn += 1;
    this.replaceChildren(places("schedules", NAMES, place), this.#content);
    if (place === "list" && id) void this.#openOne(Number(id));
    else this.#content.replaceChildren(PLACES[place](this.desk));
  }

  /** @param {number} id */
  async #openOne(id) {
    const turn = this.#turn;
    const content = await readSchedule(this.desk.admin, id).then(
      (found) => new SchedulePage(this.desk, found).root,
      (error) => h("p", { class: "nothing", role: "alert" }, t("list.failed", { reason: reasonOf(error) })));
    if (turn === this.#turn) this.#content.replaceChildren(content);
  }
}

customElements.define("console-schedules", Schedules);

/** @param {Desk} desk */
function scheduleList(desk) {
  const listing = Listing.of({
    caption: t("tab.schedules"),
    columns: [
      { label: t("schedules.id"), show: ({ id }) => h("a", { href: `#/schedules/list/${id}` }, `#${id}`) },
      { label: t("schedules.rule"), show: (one) => h("span", {}, h("code", { class: "rule" }, rule(one)), h("span", { class: "hint" }, one.time_zone)) },
      { label: t("schedules.endpoint"), show: ({ endpoint }) => h("bdi", { class: "clipped" }, endpoint ?? "") },
      { label: t("schedules.next"), show: next },
      { label: t("connections.state"), show: state },
    ],
    read: (after) => readSchedules(desk.admin, after),
    acts: (one) => [
      button(t("schedules.fire"), () => fire(desk, one), { look: "small", about: `#${one.id}` }),
      button(t(one.enabled ? "schedules.pause" : "schedules.resume"), () => pause(desk, one).then(() => listing.load()), { look: "small", about: `#${one.id}` }),
    ],
    empty: t("schedules.none"),
    above: [button(t("schedules.new"), () => make(desk), { look: "primary" })],
  });
  return listing;
}

/** @param {any} schedule */
function next({ next_send_at: at, time_zone: zone, enabled }) {
  if (!enabled) return "–";
  return at ? h("time", { datetime: at }, inZone(at, zone)) : t("schedules.never");
}

/** @param {any} schedule */
function state({ enabled }) {
  return h("span", { class: enabled ? "state good" : "state" }, t(enabled ? "schedules.on" : "schedules.paused"));
}

/** @param {Desk} desk */
function failureList(desk) {
  const again = button(t("failures.requeue"), async () => {
    const isDone = await confirmed({
      title: t("failures.requeue"), note: t("failures.note"), submit: t("failures.requeue"), work: () => requeueFailures(desk.admin),
    });
    if (!isDone) return;
    desk.toasts.tell(t("failures.begun"));
    await listing.load();
  });
  const listing = Listing.of({
    caption: t("schedules.failures"),
    columns: [
      { label: t("schedules.id"), show: ({ schedule, id }) => schedule ? h("a", { href: `#/schedules/list/${numberOf(schedule)}` }, `#${numberOf(schedule)}`) : `${id}` },
      { label: t("failures.reason"), show: ({ reason }) => own(reason) },
      { label: t("failures.since"), show: (row) => when(row.initiated_at) },
      { label: t("failures.task"), show: (row) => h("code", {}, row.task_id) },
    ],
    read: (after) => readFailures(desk.admin, after),
    empty: t("failures.none"),
    above: [again],
  });
  return listing;
}

/** @param {string} address of a resource */
function numberOf(address) {
  return /(\d+)\/?$/.exec(address)?.[1] ?? "";
}

/** @param {Desk} desk @param {any} schedule */
async function fire({ admin, toasts }, schedule) {
  try {
    await fireSchedule(admin, schedule.id, newKey());
    toasts.tell(t("schedules.fired", { id: schedule.id }));
  } catch (error) {
    toasts.warn(t("schedules.not-fired", { reason: reasonOf(error) }));
  }
}

/** It is undone as easily, so it is not asked for. @param {Desk} desk @param {any} schedule */
async function pause({ admin, toasts }, schedule) {
  try {
    await changeSchedule(admin, schedule.id, { enabled: !schedule.enabled });
    toasts.tell(t(schedule.enabled ? "schedules.now-paused" : "schedules.now-on", { id: schedule.id }));
  } catch (error) {
    toasts.warn(t("schedules.not-changed", { reason: reasonOf(error) }));
  }
}

/** @param {Desk} desk */
async function make(desk) {
  const made = await openForm({
    title: t("schedules.new"),
    fields: fields({ time_zone: "UTC", payload: {} }),
    submit: t("schedules.make"),
    work: async (values) => makeSchedule(desk.admin, given(values)),
  });
  if (made) location.hash = `#/schedules/list/${made.id}`;
}

class SchedulePage {
  root = h("article", { class: "thing" });
  #desk;
  #schedule;

  /** @param {Desk} desk @param {any} schedule */
  constructor(desk, schedule) {
    this.#desk = desk;
    this.#schedule = schedule;
    this.#draw();
  }

  #draw() {
    const one = this.#schedule;
    const line = TimeLine.of(one.time_zone);
    if (one.enabled && one.next_send_at) void line.ask(this.#desk.admin, definition(one));
    else line.show([]);
    this.root.replaceChildren(
      headline(t("schedules.title", { id: one.id }),
        button(t("schedules.fire"), () => fire(this.#desk, one), { look: "primary" }),
        button(t(one.enabled ? "schedules.pause" : "schedules.resume"), () => pause(this.#desk, one).then(() => this.#again())),
        button(t("users.edit"), () => this.#edit()),
        button(t("users.delete"), () => this.#end(), { look: "grave" })),
      facts([
        [t("connections.state"), state(one)],
        [t("schedules.rule"), h("code", {}, rule(one))],
        [t("users.zone"), one.time_zone],
        [t("schedules.endpoint"), own(one.endpoint ?? "–")],
        [t("schedules.misfire"), h("code", {}, one.misfire)],
        [t("schedules.changed"), when(one.updated_at)],
      ]),
      h("h3", {}, t("schedules.coming")), line,
      h("h3", {}, t("schedules.payload")), h("pre", { tabindex: 0 }, JSON.stringify(one.payload, null, 2)));
  }

  async #again() {
    this.#schedule = await readSchedule(this.#desk.admin, this.#schedule.id);
    redraw(this.root, () => this.#draw());
  }

  async #edit() {
    const [{ admin }, before] = [this.#desk, this.#schedule];
    const changed = await openForm({
      title: t("schedules.title", { id: before.id }),
      fields: fields(before),
      submit: t("form.save"),
      work: async (values) => changeSchedule(admin, before.id, await changesOf(before, given(values), () => readSchedule(admin, before.id))),
    });
    if (changed) await this.#again();
  }

  async #end() {
    const { id } = this.#schedule;
    const isDone = await confirmed({
      title: t("schedules.delete"), note: t("schedules.delete-note", { id }), submit: t("users.delete"),
      work: () => deleteSchedule(this.#desk.admin, id),
    });
    if (isDone) location.hash = "#/schedules/list";
  }
}
