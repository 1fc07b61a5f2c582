// @ts-check
/** A notice that is being written: to whom, when, how it will look, and how many get it. */

import { CarillonError, newKey } from "../carillon.js";
import { audienceSize, sendBroadcast } from "../carillon/broadcasts.js";
import { readSchedules } from "../carillon/schedules.js";
import { h, icon, say } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { openForm } from "./forms.js";
import { GroupChoice } from "./group-choice.js";
import { peopleField } from "./people-field.js";
import { rule } from "./rules.js";
import { inZone, ownZone } from "./zones.js";

/** @typedef {import("./tab.js").Desk} Desk */
/** @typedef {{body: object, count: number, when: string}} Ready what is sent, to how many, and when in words */

export class Draft extends HTMLElement {
  #desk = /** @type {Desk} */ (/** @type {unknown} */ (null));
  /** The same until it has left: so that it leaves once. */
  #key = "";
  #text = h("textarea", { id: "notice-text", rows: 6, dir: "auto" });
  #audience = choice("audience", [["everyone", t("compose.everyone")], ["groups", t("broadcast.groups")], ["people", t("compose.people")]]);
  #groups = /** @type {GroupChoice} */ (/** @type {unknown} */ (null));
  #people = /** @type {import("./people-field.js").PeoplePicker} */ (/** @type {unknown} */ (null));
  #time = choice("time", [["now", t("broadcast.now")], ["later", t("broadcast.later")], ["repeat", t("broadcast.repeat")]]);
  #at = h("input", { id: "notice-at", type: "datetime-local" });
  #schedule = h("select", { id: "notice-schedule", "aria-describedby": "notice-firing" });
  /** The schedules that there are, by their numbers. @type {Map<string, any>} */
  #schedules = new Map();
  #firing = h("p", { class: "hint", id: "notice-firing" });
  #problem = h("p", { class: "problem", role: "alert", hidden: true });
  #form = h("form", { class: "draft", novalidate: true });
  #beside = h("div");

  /** @param {Desk} desk @param {string} key */
  static of(desk, key) {
    const draft = new Draft();
    draft.#desk = desk;
    draft.#key = key;
    draft.#groups = GroupChoice.of(desk.admin);
    draft.#people = peopleField("notice-people", t("broadcast.names"), (name, options) => desk.client.people(name, options));
    draft.#build();
    void draft.#offer();
    return draft;
  }

  #build() {
    const parts = [
      labelled("notice-text", t("compose.text"), this.#text),
      set(t("compose.for"), this.#audience), onlyWhen("groups", this.#groups),
      onlyWhen("people", labelled("notice-people", t("broadcast.names"), this.#people)),
      set(t("broadcast.when"), this.#time),
      onlyWhen("later", labelled("notice-at", t("broadcast.at"), this.#at, t("broadcast.at-hint", { zone: ownZone() }))),
      onlyWhen("repeat", h("div", {}, labelled("notice-schedule", t("broadcast.schedule"), this.#schedule), this.#firing)),
      this.#problem, h("button", { class: "button primary" }, t("broadcast.look")),
    ];
    this.#form.append(...parts);
    this.#form.addEventListener("change", () => this.#settle());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#look();
    });
    this.#text.addEventListener("input", () => this.#mirror());
    this.append(h("div", { class: "writing" }, this.#form, h("aside", { class: "beside", "aria-label": t("broadcast.preview") },
      h("h2", {}, t("broadcast.preview")), this.#beside)));
    this.#settle();
    this.#mirror();
  }

  /** Shows only what belongs to what is chosen. */
  #settle() {
    const chosen = new Set([chosenOf(this.#audience), chosenOf(this.#time)]);
    for (const part of this.#form.querySelectorAll("[data-when]")) {
      /** @type {HTMLElement} */ (part).hidden = !chosen.has(part.getAttribute("data-when") ?? "");
    }
    this.#firing.replaceChildren(...firing(this.#schedules.get(this.#schedule.value)));
  }

  /** What is written, as it will look. */
  #mirror() {
    const text = this.#text.value.trim();
    this.#beside.replaceChildren(text ? look(text) : h("p", { class: "nothing" }, t("broadcast.nothing-yet")));
  }

  /** The schedules that there are. */
  async #offer() {
    try {
      const schedules = await readSchedules(this.#desk.admin);
      this.#schedules = new Map(schedules.items.map((one) => [String(one.id), one]));
      this.#schedule.replaceChildren(...schedules.items.map((one) => h("option", { value: one.id }, `#${one.id} · ${rule(one)} · ${one.time_zone}`)));
      this.#settle();
    } catch (error) {
      say(this.#problem, reasonOf(error));
    }
  }

  /** Shows what would be sent to how many, and sends it when that is right. */
  async #look() {
    say(this.#problem, "");
    try {
      const ready = await this.#ready();
      const sent = await openForm({
        title: t("broadcast.preview"), note: ready.when, content: look(this.#text.value.trim()),
        submit: t("broadcast.send", { count: ready.count }),
        work: async () => ({ id: await sendBroadcast(this.#desk.admin, ready.body, this.#key) }),
      });
      if (sent) this.#sent(ready, sent.id);
    } catch (error) {
      say(this.#problem, reasonOf(error));
    }
  }

  /** What went to people is followed by its number; it is in no list. @param {Ready} ready @param {number | null} id */
  #sent(ready, id) {
    this.#key = newKey();
    this.#text.value = "";
    this.#mirror();
    this.#desk.toasts.tell(t("broadcast.is-sent", { count: ready.count }));
    const sent = chosenOf(this.#audience) === "people" ? `#/trace/notice/${id}` : "#/broadcast/sent";
    location.hash = id === null ? "#/broadcast/waiting" : sent;
  }

  /** @returns {Promise<Ready>} throws what is missing */
  async #ready() {
    const content = this.#text.value.trim();
    if (!content) throw missing("compose.blank");
    const [to, time] = [await this.#to(), this.#leaving()];
    return { body: { content, ...to.body, ...time.body }, count: to.count, when: t("broadcast.when-to", { when: time.text, count: to.count }) };
  }

  /** @returns {Promise<{body: object, count: number}>} */
  async #to() {
    const [{ admin }, chosen] = [this.#desk, chosenOf(this.#audience)];
    if (chosen === "everyone") return { body: { audience: "everyone" }, count: await audienceSize(admin, []) };
    if (chosen === "people") {
      if (!await this.#people.settle()) throw new Error(t("compose.nobody-choose", { name: this.#people.rest }));
      const people = this.#people.chosen;
      if (!people.length) throw missing("compose.no-recipient");
      return { body: { recipient_ids: people.map(({ id }) => id) }, count: people.length };
    }
    const groups = this.#groups.chosen;
    if (!groups.length) throw missing("broadcast.no-group");
    return { body: { audience: { group_ids: groups } }, count: await audienceSize(admin, groups) };
  }

  /** @returns {{body: object, text: string}} */
  #leaving() {
    const chosen = chosenOf(this.#time);
    if (chosen === "now") return { body: {}, text: t("broadcast.now") };
    if (chosen === "repeat") {
      if (!this.#schedule.value) throw missing("broadcast.no-schedule");
      return { body: { schedule: Number(this.#schedule.value) }, text: this.#schedule.selectedOptions[0].text };
    }
    if (!this.#at.value) throw missing("broadcast.no-time");
    return { body: { send_at_local: this.#at.value, time_zone: ownZone() }, text: inZone(new Date(this.#at.value).getTime(), ownZone()) };
  }
}

customElements.define("console-draft", Draft);

/** When a schedule fires next, or that there is none to choose. @param {any} schedule @returns {(Node | string)[]} */
function firing(schedule) {
  if (!schedule) return [t("schedules.none"), " ", h("a", { href: "#/schedules" }, t("broadcast.to-schedules"))];
  if (!schedule.enabled) return [t("broadcast.is-paused")];
  return [t("broadcast.next", { at: schedule.next_send_at ? inZone(schedule.next_send_at, schedule.time_zone) : t("schedules.never") })];
}

/** @param {string} name of a text */
function missing(name) {
  return new CarillonError(400, { detail: t(name) });
}

/** A notice as its readers see it. @param {string} content */
function look(content) {
  return h("div", { class: "preview" }, h("span", { class: "avatar notice" }, icon("horn")),
    h("div", {}, h("p", { class: "hint" }, t("item.notice")), h("p", { class: "said", dir: "auto" }, content)));
}

/** @param {string} name @param {[string, string][]} options */
function choice(name, options) {
  return options.map(([value, text], index) => h("label", {}, h("input", { type: "radio", name, value, checked: index === 0 }), h("span", {}, text)));
}

/** @param {HTMLElement[]} options */
function chosenOf(options) {
  const inputs = options.map((label) => /** @type {HTMLInputElement} */ (label.firstElementChild));
  return inputs.find((input) => input.checked)?.value ?? "";
}

/** @param {string} legend @param {HTMLElement[]} options */
function set(legend, options) {
  return h("fieldset", { class: "choice" }, h("legend", {}, legend), ...options);
}

/** @param {string} id @param {string} label @param {HTMLElement} control @param {string} [hint] */
function labelled(id, label, control, hint) {
  return h("div", { class: "field" }, h("label", { for: id }, label), control, hint ? h("p", { class: "hint" }, hint) : null);
}

/** What is there only while something is chosen. @param {string} name @param {HTMLElement} part */
function onlyWhen(name, part) {
  part.dataset.when = name;
  return part;
}
