// @ts-check
/** Announcements: written in each language, seen as their readers see them, with how many confirmed. */

import { newKey } from "../carillon.js";
import {
  announcementLook, announcementReach, deleteAnnouncement, readAnnouncement, readAnnouncements, saveAnnouncement,
} from "../carillon/announcements.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { confirmed, openForm } from "./forms.js";
import { Listing } from "./listing.js";
import { button, facts, headline, own, tags, words } from "./parts.js";
import { Tab } from "./tab.js";

/** @typedef {import("./tab.js").Desk} Desk */

/** The languages that are written side by side; texts of others stay as they are. */
const LANGUAGES = ["de-DE", "en-US"];
const TEXTS = ["title", "message", "confirmation"];

export class Announcements extends Tab {
  #turn = 0;

  /** @param {string[]} place */
  open([id]) {
    this.#turn += 1;
    if (id) void this.#openOne(Number(id));
    else this.replaceChildren(list(this.desk));
  }

  /** @param {number} id */
  async #openOne(id) {
    const turn = this.#turn;
    const content = await pageOf(this.desk, id).catch((error) => h("p", { class: "nothing", role: "alert" }, t("list.failed", { reason: reasonOf(error) })));
    if (turn === this.#turn) this.replaceChildren(content);
  }
}

customElements.define("console-announcements", Announcements);

/** @param {Desk} desk */
function list(desk) {
  return Listing.of({
    caption: t("tab.announcements"),
    columns: [
      { label: t("announcements.title"), show: ({ message }) => h("a", { href: `#/announcements/${message._id}` }, own(titleOf(message))) },
      { label: t("users.groups"), show: (one) => tags(groupsOf(one).map(({ name }) => name)) },
      { label: t("announcements.from"), show: ({ message }) => message.start_time?.value ?? "" },
      { label: t("announcements.until"), show: ({ message }) => message.end_time?.value ?? "" },
    ],
    read: () => readAnnouncements(desk.admin),
    empty: t("announcements.none"),
    above: [button(t("announcements.new"), () => edit(desk, null), { look: "primary" })],
  });
}

/** @param {any} message */
function titleOf({ _id: id, title, message }) {
  const found = Object.values(title ?? {}).find(Boolean) ?? Object.values(message ?? {}).find(Boolean);
  return found ? String(found).slice(0, 80) : `#${id}`;
}

/** @param {any} one @returns {{_id: number, name: string}[]} */
function groupsOf({ _groups: groups }) {
  return (groups ?? []).map((/** @type {any} */ each) => each.group);
}

/** @param {Desk} desk @param {number} id */
async function pageOf(desk, id) {
  const { admin } = desk;
  const [one, reach] = await Promise.all([readAnnouncement(admin, id), announcementReach(admin, id)]);
  const groups = groupsOf(one);
  const looks = await Promise.all(LANGUAGES.map(async (language) => seen(language, await announcementLook(admin, id, language, groups.map((group) => group._id)))));
  return h("article", { class: "thing" },
    headline(titleOf(one.message),
      button(t("users.edit"), () => edit(desk, one), { look: "primary" }),
      button(t("users.delete"), () => remove(desk, id), { look: "grave" })),
    facts([
      [t("users.groups"), groups.length ? tags(groups.map(({ name }) => name)) : t("announcements.nobody")],
      [t("announcements.from"), one.message.start_time?.value ?? ""],
      [t("announcements.until"), one.message.end_time?.value ?? ""],
      [t("announcements.force"), t(reach.in_force ? "trace.yes" : "trace.no")],
      [t("announcements.reach"), t("announcements.confirmed", { confirmed: reach.confirmed, users: reach.users })],
    ]),
    h("h3", {}, t("announcements.look")), h("div", { class: "looks" }, ...looks));
}

/** As readers of a language see it. @param {string} language @param {any} item */
function seen(language, { title, content, confirm, is_seen: isSeen }) {
  const text = h("div", { dir: "auto" });
  // The server sanitised it, and the page's policy runs no script of it.
  text.innerHTML = content ?? "";
  return h("section", { class: "look", lang: language, "aria-label": language },
    h("p", { class: "hint" }, language, isSeen ? "" : ` · ${t("announcements.unseen")}`),
    title ? h("h4", { dir: "auto" }, title) : null, text,
    confirm ? h("p", { class: "tick" }, "☐ ", own(confirm)) : null);
}

/** @param {Desk} desk @param {any} one null: a new one */
async function edit(desk, one) {
  const [key, message] = [newKey(), one?.message ?? {}];
  const saved = await openForm({
    title: t(one ? "announcements.edit" : "announcements.new"),
    note: t("announcements.note"),
    fields: [
      ...LANGUAGES.flatMap((language) => TEXTS.map((name) => /** @type {import("./forms.js").Field} */ ({
        name: `${name}:${language}`, label: `${t(`announcements.text-${name}`)} · ${language}`,
        type: name === "message" ? "textarea" : "text", value: message[name]?.[language],
      }))),
      { name: "groups", label: t("users.groups"), value: one ? groupsOf(one).map(({ name }) => name).join(", ") : "", hint: t("announcements.groups-hint") },
      { name: "start_time", label: t("announcements.from"), value: message.start_time?.value, hint: t("announcements.date-hint") },
      { name: "end_time", label: t("announcements.until"), value: message.end_time?.value },
    ],
    submit: t("form.save"),
    work: async (values) => saveAnnouncement(desk.admin, await element(desk, message, values), key),
  });
  if (!saved) return;
  const href = `#/announcements/${saved.message._id}`;
  if (location.hash === href) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = href;
}

/** @param {Desk} desk @param {any} message as it was @param {Record<string, string>} values */
async function element(desk, message, values) {
  const texts = Object.fromEntries(TEXTS.map((name) => [name, filled({
    ...message[name], ...Object.fromEntries(LANGUAGES.map((language) => [language, values[`${name}:${language}`]])),
  })]));
  const dates = Object.fromEntries(["start_time", "end_time"].map((name) => [name, values[name].trim() ? { value: values[name].trim() } : null]));
  const known = message._id ? { _id: message._id, _version: message._version + 1 } : {};
  const groups = await Promise.all(words(values.groups).map((name) => groupNamed(desk, name)));
  return { message: { ...known, ...texts, ...dates }, _groups: groups.map(({ id }) => ({ group: { _id: id } })) };
}

/** What was written; null when nothing was. @param {Record<string, string>} texts */
function filled(texts) {
  const written = Object.entries(texts).filter(([, text]) => text?.trim());
  return written.length ? Object.fromEntries(written) : null;
}

/** @param {Desk} desk @param {string} name @returns {Promise<{id: number}>} */
async function groupNamed(desk, name) {
  const { items } = await desk.admin.groups({ q: name });
  const found = items.find((group) => group.name.toLowerCase() === name.toLowerCase());
  if (!found) throw new Error(t("announcements.no-group", { name }));
  return found;
}

/** @param {Desk} desk @param {number} id */
async function remove(desk, id) {
  const isDone = await confirmed({
    title: t("announcements.delete"), note: t("announcements.delete-note"), submit: t("users.delete"),
    work: () => deleteAnnouncement(desk.admin, id),
  });
  if (isDone) location.hash = "#/announcements";
}
