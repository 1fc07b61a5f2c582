// @ts-check
/** Stages: sets with their messages in every language, who stands where, and a set's messages from a file. */

import { funnel, messageSet, messageSets, setLanguages } from "../carillon/stages.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { exact } from "../page/times.js";
import { reasonOf } from "../page/words.js";
import { attach } from "./attaching.js";
import { Listing } from "./listing.js";
import { back, button, facts, gauge, headline, own, table, tags } from "./parts.js";
import { Tab } from "./tab.js";
import { unfinished, upload } from "./uploading.js";
import { UploadLine } from "./uploads.js";

/** @typedef {import("./tab.js").Desk} Desk */
/** @typedef {import("../carillon/stages.js").Message} Message */
/** @typedef {import("../carillon/stages.js").Funnel} Funnel */

export class Stages extends Tab {
  #turn = 0;

  /** @param {string[]} place */
  open([id]) {
    this.#turn += 1;
    if (id) void this.#openOne(Number(id));
    else this.replaceChildren(sets(this.desk));
  }

  /** @param {number} id */
  async #openOne(id) {
    const turn = this.#turn;
    const again = () => turn === this.#turn && void this.#openOne(id);
    const content = await setPage(this.desk, id, again)
      .catch((error) => h("p", { class: "nothing", role: "alert" }, t("list.failed", { reason: reasonOf(error) })));
    if (turn === this.#turn) this.replaceChildren(content);
  }
}

customElements.define("console-stages", Stages);

/** @param {number} id @param {string} text */
function linked(id, text) {
  return h("a", { href: `#/stages/${id}` }, own(text));
}

/** @param {number} id of a schedule */
function onSchedule(id) {
  return h("a", { href: `#/schedules/list/${id}` }, t("schedules.title", { id }));
}

/** @param {Desk} desk */
function sets(desk) {
  return Listing.of({
    caption: t("tab.stages"),
    columns: [
      { label: t("stages.set"), show: ({ id, short_name: name }) => linked(id, name) },
      { label: t("stages.label"), show: ({ label }) => own(label) },
      { label: t("trace.kind"), show: ({ content_type: type }) => type },
      { label: t("stages.languages"), show: ({ languages }) => tags(languages) },
      { label: t("stages.then"), show: ({ next_set: id }) => id ? linked(id, `#${id}`) : "–" },
      { label: t("schedules.id"), show: ({ default_schedule: id }) => onSchedule(id) },
    ],
    read: async (after, name) => {
      const [stretch, languages] = await Promise.all([messageSets(desk.admin, name, after), setLanguages(desk.admin)]);
      return { ...stretch, items: stretch.items.map((one) => ({ ...one, languages: languages[one.id] ?? [] })) };
    },
    empty: t("stages.none"),
    search: t("stages.search"),
  });
}

/** @param {Desk} desk @param {number} id @param {() => void} again */
async function setPage(desk, id, again) {
  const [set, standing] = await Promise.all([messageSet(desk.admin, id), funnel(desk.admin, id)]);
  const uploading = async () => await upload(desk, id) && again();
  const attaching = async () => await attach(desk, id, [...new Set(set.messages.map(({ lang }) => lang))]) && again();
  return h("article", { class: "thing" },
    back("#/stages", t("stages.all")),
    headline(set.short_name, button(t("stages.attach"), attaching), button(t("stages.upload"), uploading, { look: "primary" })),
    UploadLine.of(desk.uploads.get(id), again), unfinished(desk, id, again),
    facts([
      [t("users.id"), String(set.id)],
      [t("stages.notes"), set.notes && own(set.notes)],
      [t("stages.then"), set.next_set ? linked(set.next_set, `#${set.next_set}`) : "–"],
      [t("schedules.id"), onSchedule(set.default_schedule)],
      [t("schedules.changed"), exact(set.updated_at)],
    ]),
    h("h3", {}, t("stages.standing")), standings(standing, set.messages),
    h("h3", {}, t("stages.messages")), messages(set.messages));
}

/** The messages by number, a column for each language. @param {Message[]} all */
function messages(all) {
  if (!all.length) return h("p", { class: "nothing" }, t("stages.no-messages-yet"));
  const languages = [...new Set(all.map(({ lang }) => lang))].sort();
  const rows = numbersOf(all).map((number) => ({ number, said: all.filter((one) => one.sequence_number === number) }));
  return table({
    caption: t("stages.messages"),
    columns: [
      { label: t("trace.number"), show: ({ number }) => String(number) },
      ...languages.map((lang) => ({ label: lang, show: (/** @type {{said: Message[]}} */ { said }) => content(said.find((one) => one.lang === lang)) })),
    ],
    rows,
  });
}

/** @param {Message[]} all @returns {number[]} ascending */
function numbersOf(all) {
  return [...new Set(all.map((one) => one.sequence_number))].sort((one, other) => one - other);
}

/** @param {Message | undefined} message */
function content(message) {
  if (!message) return "–";
  const { text_content: text, binary_content: file } = message;
  return h("span", {}, text ? h("bdi", { class: "said" }, text) : null,
    file ? h("a", { href: file.content, target: "_blank", rel: "noopener" }, t("stages.with-file", { id: file.id })) : null);
}

/** Those on their way, also where nobody is; who is through; who was stopped. @param {Funnel} funnel @param {Message[]} all */
function standings({ steps, completed, stopped }, all) {
  const numbers = new Set([...numbersOf(all), ...steps.map((one) => one.next_sequence_number)]);
  const before = [...numbers].sort((one, other) => one - other).map((number) => {
    const step = steps.find((one) => one.next_sequence_number === number);
    return { label: t("stages.before", { number }), count: step?.subscriptions ?? 0, held: step?.held ?? 0 };
  });
  const rows = [...before, { label: t("stages.completed"), count: completed, held: 0 }, { label: t("stages.stopped"), count: stopped, held: 0 }];
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  return table({
    caption: t("stages.standing"),
    columns: [
      { label: t("stages.step"), show: ({ label }) => label },
      { label: t("stages.subscriptions"), show: ({ label, count }) => bar(label, count, total) },
      { label: t("stages.held"), isNumber: true, show: ({ held }) => held ? held.toLocaleString(document.documentElement.lang) : "" },
    ],
    rows,
  });
}

/** @param {string} label @param {number} count @param {number} total */
function bar(label, count, total) {
  return h("span", { class: "standing" }, gauge(count, total, label),
    h("span", {}, count.toLocaleString(document.documentElement.lang)));
}
