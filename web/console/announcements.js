// @ts-check
/** Announcements: written in each language, seen as their readers see them, with how many confirmed. */

import {
  announcementLanguages, announcementLook, announcementReach, deleteAnnouncement, readAnnouncement, readAnnouncements,
} from "../carillon/announcements.js";
import { h } from "../page/dom.js";
import { spoken, t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { AnnouncementEditor, groupsOf, looking } from "./announcement-editor.js";
import { confirmed } from "./forms.js";
import { Listing } from "./listing.js";
import { back, button, facts, headline, own, tags } from "./parts.js";
import { Tab } from "./tab.js";

/** @typedef {import("./tab.js").Desk} Desk */

export class Announcements extends Tab {
  #turn = 0;

  /** @param {string[]} place */
  open([id, deed]) {
    this.#turn += 1;
    if (id === "new") void this.#show(AnnouncementEditor.of(this.desk));
    else if (id) void this.#show(deed === "edit" ? AnnouncementEditor.of(this.desk, Number(id)) : pageOf(this.desk, Number(id)));
    else this.replaceChildren(list(this.desk));
  }

  /** @param {Promise<Node>} page */
  async #show(page) {
    const turn = this.#turn;
    const content = await page.catch((error) => h("p", { class: "nothing", role: "alert" }, t("list.failed", { reason: reasonOf(error) })));
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
    above: [h("a", { class: "button primary", href: "#/announcements/new" }, t("announcements.new"))],
  });
}

/** @param {any} message */
function titleOf({ _id: id, title, message }) {
  const found = ownOf(title) ?? ownOf(message);
  return found ? String(found).slice(0, 80) : `#${id}`;
}

/** A text in the reader's language; else the first there is. @param {Record<string, string | null> | undefined} texts */
function ownOf(texts) {
  const written = Object.entries(texts ?? {}).filter(([, text]) => text);
  return (written.find(([tag]) => tag.startsWith(spoken())) ?? written[0])?.[1];
}

/** @param {Desk} desk @param {number} id */
async function pageOf(desk, id) {
  const { admin } = desk;
  const [one, reach, languages] = await Promise.all([readAnnouncement(admin, id), announcementReach(admin, id), announcementLanguages(admin)]);
  const groups = groupsOf(one);
  const looks = await Promise.all(languages.map(async (language) => seen(language, await announcementLook(admin, id, language, groups.map((group) => group._id)))));
  return h("article", { class: "thing" },
    back("#/announcements", t("announcements.all")),
    headline(titleOf(one.message),
      h("a", { class: "button primary", href: `#/announcements/${id}/edit` }, t("users.edit")),
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
  return h("section", { class: "look", lang: language, "aria-label": language },
    h("p", { class: "hint" }, language, isSeen ? "" : ` · ${t("announcements.unseen")}`), ...looking({ title, content: content ?? "", confirm }));
}

/** @param {Desk} desk @param {number} id */
async function remove(desk, id) {
  const isDone = await confirmed({
    title: t("announcements.delete"), note: t("announcements.delete-note"), submit: t("users.delete"),
    work: () => deleteAnnouncement(desk.admin, id),
  });
  if (isDone) location.hash = "#/announcements";
}
