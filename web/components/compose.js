// @ts-check
/** The dialog in which messages and notices are written; a draft stays until it is sent. */

import { CarillonError, newKey } from "../carillon.js";
import { addressees } from "../page/addressees.js";
import { complain, find, part } from "../page/dom.js";
import { changeOf, isUnreachable, perform, putBy } from "../page/errands.js";
import { t } from "../page/texts.js";
import { inWords, reasonOf, receiptOf } from "../page/words.js";
import "./people-picker.js";
import "./send-later.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("../carillon.js").Person} Person */
/** @typedef {import("../carillon.js").Item} Item */
/** @typedef {import("./people-picker.js").PeoplePicker} PeoplePicker */
/** @typedef {import("./send-later.js").SendLater} SendLater */

/** @typedef {{kind: "message" | "notice", content: string, people: Person[], audience?: "everyone", later: import("../carillon/api.js").LocalTime | null}} Draft */

/** Fires `sent`, `kept` with a letter that has to wait for the network, and `failed` once it was closed, with a sentence about it as the detail. */
export class Compose extends HTMLElement {
  /** @type {Carillon | null} */
  client = null;

  /** @type {HTMLDialogElement} */
  #dialog = find(this, "dialog");
  /** @type {HTMLFormElement} */
  #form = find(this, "form");
  /** @type {PeoplePicker} */
  #picker = find(this, "carillon-people");
  /** @type {HTMLTextAreaElement} */
  #text = find(this, "textarea");
  /** @type {HTMLButtonElement} */
  #button = part(this, "submit");
  /** @type {SendLater} */
  #later = find(this, "carillon-later");
  /** What is edited, of those that leave later. @type {number | null} */
  #edited = null;
  /** What makes sending the same again harmless, and the draft that it belongs to. */
  #key = { of: "", key: "" };
  #isSending = false;
  /** What was open when its writer was signed out. @type {{user: number, edited: number | null, draft: Draft & {key: {of: string, key: string}}} | null} */
  #left = null;
  /** Where drafts are kept, for who is signed in. @type {import("../page/keepsakes.js").Keepsakes | null} */
  kept = null;

  connectedCallback() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.addEventListener("change", () => this.#arrange());
    this.#form.addEventListener("keydown", (event) => this.#pressed(event));
    part(this, "cancel").addEventListener("click", () => this.#dialog.close());
    this.#picker.addEventListener("chosen", () => complain(this, "to-problem", ""));
    this.#text.addEventListener("input", () => complain(this, "content-problem", ""));
    for (const type of ["input", "change"]) this.addEventListener(type, () => this.#keep());
    this.#picker.addEventListener("chosen", () => this.#keep());
  }

  /** @param {Person[]} [people] chosen already, as in a reply */
  open(people) {
    if (!this.client || this.#dialog.open) return;
    if (this.#edited !== null) this.clear();
    if (this.#isEmpty) this.#restore(this.kept?.draft);
    if (people) this.#begin(people);
    this.#show();
    (people ? this.#text : this.#picker.input).focus();
  }

  /** Opens the draft of something that leaves later. @param {Item} item */
  edit(item) {
    if (!this.client || this.#dialog.open) return;
    this.clear();
    this.#edited = item.id;
    this.#restore(this.kept?.letters.find(({ key }) => key === changeOf(item.id).key) ?? draftOf(item));
    this.#show();
    this.#text.focus();
  }

  #show() {
    const client = /** @type {Carillon} */ (this.client);
    const { user } = client;
    this.#picker.search = (name, { signal }) => addressees(client, name, { signal, isLater: this.#later.value !== null });
    this.#later.zone = user?.time_zone ?? null;
    part(this, "kinds").hidden = !user?.is_admin || this.#edited !== null;
    this.#arrange();
    this.#dialog.showModal();
  }

  get #isEmpty() {
    return this.#text.value === "" && this.#picker.chosen.length === 0;
  }

  /** Takes over a letter that could not be sent. @param {Draft} draft @param {string} problem @returns {boolean} false when another is being written */
  takeBack(draft, problem) {
    if (this.#dialog.open || !this.#isEmpty || this.kept?.draft) return false;
    this.open();
    this.#restore(draft);
    this.#arrange();
    complain(this, "problem", problem);
    this.#keep();
    return true;
  }

  /** Puts by what is written, so that it survives the page. */
  #keep() {
    if (!this.kept || this.#edited !== null || !this.#dialog.open) return;
    this.kept.draft = this.#isEmpty ? null : this.#whole;
  }

  get #whole() {
    return { ...this.#draft(), key: this.#key };
  }

  /** @param {any} draft a Draft, perhaps with its key; null restores nothing */
  #restore(draft) {
    if (!draft) return;
    find(this, `input[name="kind"][value="${draft.kind === "notice" ? "notice" : "message"}"]`).click();
    find(this, `input[name="audience"][value="${draft.audience ? "everyone" : "people"}"]`).click();
    this.#picker.choose(draft.people);
    this.#text.value = draft.content;
    this.#later.set(draft.later);
    this.#key = draft.key?.of ? draft.key : this.#key;
  }

  /** Forgets what the dialog shows, as on signing out; a draft that was put by stays. */
  clear() {
    this.#dialog.close();
    this.#form.reset();
    this.#picker.choose([]);
    this.#later.set(null);
    this.#edited = null;
    for (const name of ["to-problem", "content-problem", "problem"]) complain(this, name, "");
    part(this, "progress").textContent = "";
    this.#key = { of: "", key: "" };
  }

  /** Hides what is being written from whoever comes next: whose it is finds it again by `comeBack`. */
  leave() {
    if (this.kept) this.#left = this.#dialog.open ? { user: this.kept.user, edited: this.#edited, draft: this.#whole } : null;
    this.kept = null;
    this.clear();
  }

  /** Goes on with what was being written when one was signed out. */
  comeBack() {
    const left = this.#left;
    this.#left = null;
    if (!left || left.user !== this.kept?.user) return;
    this.clear();
    this.#edited = left.edited;
    this.#restore(left.draft);
    this.#show();
    this.#text.focus();
    this.#keep();
  }

  /** Enter sends with Ctrl alone, not by accident from a radio button. @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key !== "Enter") return;
    if (event.target instanceof HTMLInputElement) event.preventDefault();
    if (event.ctrlKey || event.metaKey) this.#form.requestSubmit();
  }

  /** @param {Person[]} people */
  #begin(people) {
    find(this, 'input[value="message"]').click();
    this.#picker.choose(people);
  }

  /** @param {string} name the chosen radio button's value */
  #choice(name) {
    return String(new FormData(this.#form).get(name));
  }

  /** Shows the fields that the chosen kind has. */
  #arrange() {
    const isNotice = this.#choice("kind") === "notice";
    const isForAll = isNotice && this.#choice("audience") === "everyone";
    part(this, "audiences").hidden = !isNotice;
    part(this, "recipients").hidden = isForAll;
    const isLater = this.#later.value !== null;
    this.#button.textContent = t(isLater ? "compose.schedule" : isForAll ? "compose.send-to-everyone" : "compose.send");
    find(this, "h2").textContent = t(this.#edited !== null ? "compose.edit" : isNotice ? "compose.new-notice" : "compose.new-message");
  }

  /** @returns {Draft} */
  #draft() {
    const [content, later, people] = [this.#text.value, this.#later.value, this.#picker.chosen];
    if (this.#choice("kind") !== "notice") return { kind: "message", content, people, later };
    if (this.#choice("audience") === "everyone") return { kind: "notice", content, people: [], audience: "everyone", later };
    return { kind: "notice", content, people, later };
  }

  async #submit() {
    if (this.#isSending) return;
    this.#busy(true);
    try {
      const isSettled = await this.#picker.settle();
      const draft = this.#draft();
      if (this.#isComplete(draft, isSettled)) await this.#send(draft);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy(false);
    }
  }

  /** @param {Draft} draft @param {boolean} isSettled whether every name that was typed is somebody's */
  #isComplete({ content, people, audience }, isSettled) {
    const wrongName = isSettled ? "" : t("compose.nobody-choose", { name: this.#picker.rest });
    const nobody = people.length ? "" : t("compose.no-recipient");
    const isBlank = content.trim() === "";
    complain(this, "to-problem", audience ? "" : wrongName || nobody);
    complain(this, "content-problem", isBlank ? t("compose.blank") : "");
    if (isBlank) this.#text.focus();
    if (!audience && (wrongName || nobody)) this.#picker.input.focus();
    if (!this.#later.isComplete) this.#later.complain(t("later.missing"));
    return !isBlank && this.#later.isComplete && (audience !== undefined || !(wrongName || nobody));
  }

  /** @param {Draft} draft */
  async #send({ kind, content, people, audience, later }) {
    const recipientIds = people.map(({ id }) => id);
    const said = { kind, content, recipientIds, audience, later };
    const key = this.#keyFor(JSON.stringify(said));
    this.#keep();
    const [kept, isNew] = [this.kept, this.#edited === null];
    const letter = { ...said, people, written: Date.now(), key, ...(this.#edited !== null && changeOf(this.#edited)) };
    if (!navigator.onLine && this.#putBy(letter)) return;
    const ids = await this.#deliver(letter);
    if (ids === null) return;
    if (isNew && kept) kept.draft = null;
    if (!this.client?.user) return;
    this.clear();
    this.dispatchEvent(new CustomEvent("sent", { detail: receiptOf({ people, audience, later }, ids ?? []) }));
  }

  /** @param {import("../page/keepsakes.js").Kept} letter @returns {Promise<number[] | null | undefined>} null when it has to wait */
  async #deliver(letter) {
    const onRetry = () => (part(this, "progress").textContent = t("compose.retrying"));
    try {
      return this.client && await perform(this.client, { ...letter, onRetry });
    } catch (error) {
      if (isUnreachable(error) && this.#putBy(letter)) return null;
      throw error;
    }
  }

  /** @param {import("../page/keepsakes.js").Kept} letter @returns {boolean} false when nobody keeps it */
  #putBy(letter) {
    if (!this.kept || !this.client?.user || !putBy(this, letter)) return false;
    if (this.#edited === null) this.kept.draft = null;
    this.clear();
    return true;
  }

  /** @param {string} letter the same letter keeps its key, so that trying again sends once */
  #keyFor(letter) {
    if (this.#key.of !== letter) this.#key = { of: letter, key: newKey() };
    return this.#key.key;
  }

  /** @param {unknown} error */
  #failed(error) {
    const fields = error instanceof CarillonError ? error.fields : {};
    const { recipient_ids: to = "", content = "", send_at_local: time = "" } = fields;
    this.#later.complain(inWords(time));
    complain(this, "to-problem", inWords(to));
    complain(this, "content-problem", inWords(content));
    if (!to && !content && !time) complain(this, "problem", t("compose.not-sent", { reason: reasonOf(error) }));
    if (!this.#dialog.open && this.client?.user) {
      this.dispatchEvent(new CustomEvent("failed", { detail: t("compose.failed", { reason: reasonOf(error) }) }));
    }
  }

  /** @param {boolean} isBusy */
  #busy(isBusy) {
    this.#isSending = isBusy;
    if (isBusy) this.#button.textContent = t("compose.sending");
    else this.#arrange();
    this.#button.setAttribute("aria-disabled", String(isBusy));
    this.#text.readOnly = isBusy;
    if (isBusy) complain(this, "problem", "");
    else part(this, "progress").textContent = "";
  }
}

/** What is known of something that leaves later. @param {Item} item @returns {Draft} */
function draftOf({ content, recipients, send_at_local: local, send_at: at, time_zone: zone }) {
  const isLocal = local && zone && zone !== "recipient";
  const later = isLocal ? { local, timeZone: zone } : at ? { local: at.slice(0, 16), timeZone: "UTC" } : null;
  return { kind: "message", content, people: recipients ?? [], later };
}

customElements.define("carillon-compose", Compose);
