// @ts-check
/** An announcement that is being written: its languages side by side, as they will look, for whom and when. */

import { announcementLanguages, announcementText, readAnnouncement, saveAnnouncement } from "../carillon/announcements.js";
import { newKey } from "../carillon.js";
import { h, say } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { GroupChoice } from "./group-choice.js";
import { back } from "./parts.js";

/** @typedef {import("./tab.js").Desk} Desk */

const TEXTS = ["title", "message", "confirmation"];
const DATES = ["start_time", "end_time"];
const TYPING_MS = 300;

export class AnnouncementEditor extends HTMLElement {
  #desk = /** @type {Desk} */ (/** @type {unknown} */ (null));
  /** As it was when it was opened. @type {any} */
  #message = {};
  /** What it is written in; texts of other languages stay as they are. @type {string[]} */
  #languages = [];
  /** The same until it is saved: so that it is made once. */
  #key = newKey();
  #groups = /** @type {GroupChoice} */ (/** @type {unknown} */ (null));
  #problem = h("p", { class: "problem", role: "alert", hidden: true });
  #save = h("button", { class: "button primary" }, t("form.save"));
  #form = h("form", { class: "announcement-form", novalidate: true });

  /** @param {Desk} desk @param {number} [id] without one it is a new one */
  static async of(desk, id) {
    const editor = new AnnouncementEditor();
    const [one, languages] = await Promise.all([id === undefined ? null : readAnnouncement(desk.admin, id), announcementLanguages(desk.admin)]);
    editor.#desk = desk;
    editor.#message = one?.message ?? {};
    editor.#languages = languages;
    editor.#groups = GroupChoice.of(desk.admin, groupsOf(one).map(({ _id: number, name }) => ({ id: number, name })));
    editor.#build();
    return editor;
  }

  #build() {
    const id = this.#message._id;
    const dates = DATES.map((name) => labelled(name, t(name === "start_time" ? "announcements.from" : "announcements.until"), dateField(name, this.#message)));
    this.#form.append(
      h("p", { class: "hint" }, t("announcements.note")),
      h("div", { class: "looks" }, ...this.#languages.map((language) => this.#side(language))),
      h("div", { class: "looks" },
        h("fieldset", { class: "audience" }, h("legend", {}, t("announcements.for")), this.#groups),
        h("div", { class: "window" }, ...dates, h("p", { class: "hint" }, t("announcements.date-hint")))),
      this.#problem, h("div", { class: "row-acts" }, this.#save, h("a", { class: "button", href: id ? `#/announcements/${id}` : "#/announcements" }, t("form.cancel"))));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.append(back("#/announcements", t("announcements.all")),
      h("h2", { class: "editing" }, t(id ? "announcements.edit" : "announcements.new")), this.#form);
  }

  /** One language: its fields, and how it will look. @param {string} language */
  #side(language) {
    const fields = TEXTS.map((name) => {
      const value = this.#message[name]?.[language] ?? "";
      const field = name === "message" ? h("textarea", { rows: 7, dir: "auto" }, value) : h("input", { value, dir: "auto", autocomplete: "off" });
      return labelled(`${name}:${language}`, `${t(`announcements.text-${name}`)} · ${language}`, field);
    });
    const preview = h("section", { class: "look", lang: language, "aria-label": language });
    const side = h("section", { class: "side-of" }, ...fields, h("p", { class: "hint" }, t("announcements.look")), preview);
    let timer = 0;
    side.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => void this.#show(language, preview), TYPING_MS);
    });
    void this.#show(language, preview);
    return side;
  }

  /** Shows a language as its readers will see it; the server takes out what could do harm. @param {string} language @param {HTMLElement} place */
  async #show(language, place) {
    await Promise.resolve();
    const [title, message, confirm] = TEXTS.map((name) => this.#valueOf(`${name}:${language}`));
    const content = message ? await announcementText(this.#desk.admin, message).catch(() => null) : "";
    if (content === null || message !== this.#valueOf(`message:${language}`)) return;
    place.replaceChildren(...looking({ title, content, confirm }));
  }

  /** @param {string} name of a field */
  #valueOf(name) {
    const field = /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(name));
    return field.value.trim();
  }

  async #submit() {
    if (this.#save.getAttribute("aria-disabled")) return;
    this.#save.setAttribute("aria-disabled", "true");
    say(this.#problem, "");
    try {
      const saved = await saveAnnouncement(this.#desk.admin, this.#element(), this.#key);
      this.#desk.toasts.tell(t("announcements.saved"));
      location.hash = `#/announcements/${saved.message._id}`;
    } catch (error) {
      say(this.#problem, await this.#isOvertaken() ? t("announcements.overtaken") : reasonOf(error));
    } finally {
      this.#save.removeAttribute("aria-disabled");
    }
  }

  /** Has somebody else changed it since it was opened? What was written here stays on the page. */
  async #isOvertaken() {
    const { _id: id, _version: version } = this.#message;
    const now = id ? await readAnnouncement(this.#desk.admin, id).catch(() => null) : null;
    return now !== null && now.message._version !== version;
  }

  /** What the form says, as the server takes it: the next version of what was opened. */
  #element() {
    const { _id: id, _version: version, ...was } = this.#message;
    const texts = Object.fromEntries(TEXTS.map((name) => [name, filled({
      ...was[name], ...Object.fromEntries(this.#languages.map((language) => [language, this.#valueOf(`${name}:${language}`)])),
    })]));
    const dates = Object.fromEntries(DATES.map((name) => [name, this.#valueOf(name) ? { value: this.#valueOf(name) } : null]));
    const known = id ? { _id: id, _version: version + 1 } : {};
    return { message: { ...known, ...texts, ...dates }, _groups: this.#groups.chosen.map((group) => ({ group: { _id: group } })) };
  }
}

customElements.define("console-announcement-editor", AnnouncementEditor);

/** @param {any} one @returns {{_id: number, name: string}[]} */
export function groupsOf(one) {
  return (one?._groups ?? []).map((/** @type {any} */ each) => each.group);
}

/** What readers see of one language. @param {{title: string | null, content: string, confirm: string | null}} item `content` was sanitised by the server */
export function looking({ title, content, confirm }) {
  const text = h("div", { class: "announced", dir: "auto" });
  // The page's policy runs no script either.
  text.innerHTML = content;
  return [
    title ? h("h4", { dir: "auto" }, title) : "", text,
    confirm ? h("p", { class: "tick" }, h("span", { class: "box", "aria-hidden": "true" }), h("bdi", {}, confirm)) : "",
  ];
}

/** @param {string} name @param {string} label @param {HTMLElement} field */
function labelled(name, label, field) {
  field.setAttribute("name", name);
  field.id = `announcement-${name}`;
  return h("div", { class: "field" }, h("label", { for: field.id }, label), field);
}

/** A day is picked; what names a month or a year only stays a text. @param {string} name @param {any} message */
function dateField(name, message) {
  const value = message[name]?.value ?? "";
  return h("input", { type: /^(\d{4}-\d\d-\d\d)?$/.test(value) ? "date" : "text", value });
}

/** What was written; null when nothing was. @param {Record<string, string | null>} texts */
function filled(texts) {
  const written = Object.entries(texts).filter(([, text]) => text?.trim());
  return written.length ? Object.fromEntries(written) : null;
}
