// @ts-check
/** What one wants to hear of, on which ways, and when not: kept with the account, so on every device. */

import { CarillonError, newKey } from "../carillon.js";
import { prefer, preferences } from "../carillon/preferences.js";
import { find, h, part, say } from "../page/dom.js";
import { isUnreachable, putBy } from "../page/errands.js";
import { spoken, t } from "../page/texts.js";
import { inWords, reasonOf } from "../page/words.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("../carillon/preferences.js").Kept} Kept */

const LANGUAGES = ["de", "en"];
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONDAY = Date.UTC(1970, 0, 5);
const DAY = 24 * 60 * 60_000;
/** Where quiet hours begin when one turns them on. */
const NIGHT = { from: "22:00", until: "07:00", days: DAYS };
/** Whose problems are shown beside them. */
const FIELDS = ["language", "time_zone", "quiet_hours", "channels"];

/** Fires `language` when another one was chosen, `kept` with changes that have to wait for the network. */
export class Preferences extends HTMLElement {
  /** @type {Carillon | null} */
  client = null;

  /** @type {HTMLFormElement} */
  #form = find(this, "form");
  /** @type {HTMLInputElement} */
  #isQuiet = part(this, "is-quiet");
  /** As the server has them. @type {Kept | null} */
  #kept = null;
  /** They could not be read. */
  #hasFailed = false;
  /** Raised when what is under way is no longer wanted. */
  #round = 0;

  connectedCallback() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save();
    });
    this.#form.addEventListener("input", () => say(part(this, "saved"), ""));
    this.#isQuiet.addEventListener("change", () => this.#unfold());
  }

  /** Reads them afresh: another device may have changed them. */
  async load() {
    this.clear();
    await this.#ask(preferences);
  }

  /** Reads again what could not be read while the server was away. */
  heal() {
    if (this.#hasFailed) void this.load();
  }

  clear() {
    this.#round += 1;
    this.#kept = null;
    this.#hasFailed = false;
    this.#form.hidden = true;
    this.#form.reset();
    this.#complain({}, "");
    say(part(this, "saved"), "");
  }

  async #save() {
    const [kept, value] = [this.#kept, this.#value];
    if (!kept) return;
    const given = changes(kept, value);
    if (!(await this.#ask((client) => prefer(client, given), () => this.#putBy(given, value)))) return;
    if (this.#kept?.language !== kept.language) this.#speak();
    say(part(this, "saved"), t("preferences.saved"));
  }

  /** @param {Partial<Kept>} given @param {Kept} value all of them then @returns {boolean} false when nobody keeps it */
  #putBy(given, value) {
    if (!putBy(this, { errand: "prefer", key: newKey(), given, written: Date.now() })) return false;
    this.#show(value);
    say(part(this, "saved"), t("compose.kept"));
    return true;
  }

  #speak() {
    this.dispatchEvent(new Event("language"));
    if (this.#kept) this.#show(this.#kept);
  }

  /**
   * @param {(client: Carillon) => Promise<Kept>} work
   * @param {() => boolean} [putBy] keeps it when there is no answer
   * @returns {Promise<boolean>} whether it was done, and is still wanted
   */
  async #ask(work, putBy) {
    const { client } = this;
    const round = this.#round;
    if (!client) return false;
    try {
      const kept = await work(client);
      if (round === this.#round) this.#show(kept);
      return round === this.#round;
    } catch (error) {
      if (round !== this.#round || (isUnreachable(error) && putBy?.())) return false;
      this.#hasFailed = this.#kept === null;
      this.#refused(error);
      return false;
    }
  }

  /** @param {Kept} kept */
  #show(kept) {
    this.#kept = kept;
    this.#complain({}, "");
    this.#fillLanguages(kept.language);
    this.#fillZones(kept.time_zone);
    this.#isQuiet.checked = kept.quiet_hours !== null;
    this.#fillHours(kept.quiet_hours ?? NIGHT);
    part(this, "channels").replaceChildren(...Object.entries(kept.channels).map(([kind, ways]) => group(kind, ways)));
    this.#unfold();
    this.#form.hidden = false;
  }

  /** Those that the page speaks, and the account's own. @param {string | null} chosen */
  #fillLanguages(chosen) {
    const tags = new Set([...LANGUAGES, ...(chosen ? [chosen] : [])]);
    const options = [...tags].map((tag) => h("option", { value: tag, lang: tag }, nameOf(tag)));
    const select = this.#control("language");
    select.replaceChildren(h("option", { value: "" }, t("preferences.as-browser")), ...options);
    select.value = chosen ?? "";
  }

  /** @param {string | null} chosen */
  #fillZones(chosen) {
    const zones = part(this, "zones");
    if (!zones.childElementCount) zones.append(...Intl.supportedValuesOf("timeZone").map((zone) => h("option", { value: zone })));
    this.#control("time_zone").value = chosen ?? "";
  }

  /** @param {import("../carillon/preferences.js").QuietHours} hours */
  #fillHours({ from, until, days }) {
    this.#control("from").value = from;
    this.#control("until").value = until;
    part(this, "days").replaceChildren(...DAYS.map((day, at) => {
      const box = h("input", { type: "checkbox", name: "days", value: day, checked: days.includes(day) });
      return h("label", {}, box, h("span", {}, weekday(at)));
    }));
  }

  #unfold() {
    part(this, "quiet").hidden = !this.#isQuiet.checked;
  }

  /** What the form says. @returns {Kept} */
  get #value() {
    const given = new FormData(this.#form);
    const text = (/** @type {string} */ name) => String(given.get(name) ?? "").trim();
    const hours = { from: text("from"), until: text("until"), days: given.getAll("days").map(String) };
    return {
      language: text("language") || null,
      time_zone: text("time_zone") || null,
      quiet_hours: this.#isQuiet.checked ? hours : null,
      channels: this.#channels,
    };
  }

  get #channels() {
    /** @type {Kept["channels"]} */
    const channels = {};
    for (const box of part(this, "channels").querySelectorAll("input")) {
      const [kind, way] = box.name.split(".");
      channels[kind] = { ...channels[kind], [way]: box.checked };
    }
    return channels;
  }

  /** @param {unknown} error */
  #refused(error) {
    const fields = error instanceof CarillonError ? error.fields : {};
    const isShown = FIELDS.some((name) => name in fields);
    this.#complain(fields, isShown ? "" : t("preferences.failed", { reason: reasonOf(error) }));
  }

  /** @param {Record<string, string>} fields what is wrong with which @param {string} text with none of them */
  #complain(fields, text) {
    for (const name of FIELDS) say(part(this, `${name}-problem`), inWords(fields[name] ?? ""));
    for (const name of ["language", "time_zone"]) this.#control(name).setAttribute("aria-invalid", String(name in fields));
    say(part(this, "problem"), text);
    if ("time_zone" in fields) this.#control("time_zone").focus();
  }

  /** @param {string} name @returns {HTMLInputElement} */
  #control(name) {
    return find(this, `[name="${name}"]`);
  }
}

/**
 * Only what differs, so that two devices may change different things.
 *
 * @param {Kept} kept
 * @param {Kept} now
 * @returns {Partial<Kept>}
 */
function changes(kept, now) {
  const differs = (/** @type {unknown} */ one, /** @type {unknown} */ other) => JSON.stringify(one) !== JSON.stringify(other);
  const pairs = Object.entries(now).filter(([name, value]) => name !== "channels" && differs(value, kept[/** @type {keyof Kept} */ (name)]));
  const kinds = Object.entries(now.channels).map(([kind, ways]) =>
    [kind, Object.fromEntries(Object.entries(ways).filter(([way, isOn]) => kept.channels[kind][way] !== isOn))]);
  return { ...Object.fromEntries(pairs), channels: Object.fromEntries(kinds) };
}

/** One kind's ways. @param {string} kind @param {Record<string, boolean>} ways */
function group(kind, ways) {
  const name = t(`preferences.${kind}`);
  const boxes = Object.entries(ways).map(([way, isOn]) =>
    h("label", {}, h("input", { type: "checkbox", name: `${kind}.${way}`, checked: isOn }), h("span", {}, t(`preferences.${way}`))));
  return h("div", { class: "choice", role: "group", "aria-label": name }, h("span", { class: "kind", "aria-hidden": "true" }, name), ...boxes);
}

/** A language by its own name. @param {string} tag */
function nameOf(tag) {
  try {
    return new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag; // no browser knows it
  }
}

/** @param {number} at 0 for Monday */
function weekday(at) {
  return new Intl.DateTimeFormat(spoken(), { weekday: "short", timeZone: "UTC" }).format(MONDAY + at * DAY);
}

customElements.define("carillon-preferences", Preferences);
