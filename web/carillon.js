// @ts-check
/**
 * Carillon's client library: sign in, read, send, and hear of every change as it happens.
 * This module and the folder beside it are the only ones that speak the protocol.
 *
 *     const carillon = new Carillon();
 *     await carillon.signIn("ada", "secret");
 *     const inbox = carillon.list({ kinds: ["message", "notice"] });
 *     inbox.addEventListener("update", () => console.log(inbox.items));
 *     await inbox.load();
 *     carillon.connect();
 *
 * Events, each a CustomEvent:
 * - `change`: `{item, previous, isLive}`; an item is new, changed or (`item.deleted`) gone. The server's
 *   versions come once each and only upwards; `isLive` is false for what was only done or learned here.
 * - `unread`: `{messages, notices, announcements}`; the counts changed.
 * - `state`: `"connecting" | "online" | "reconnecting" | "ended" | "closed"`, of the live connection.
 * - `reset`: what was read is out of date; lists made by `list` read themselves again.
 * - `signedout`: `{code}`; the session ended, here or elsewhere; `code` is the close code or 0.
 * - `ended`: `{code}`; the server closed the live channel for good, although the session may stand.
 * - `stats`: the figures of the last second, for an administrator who watches (docs/protocol.md).
 * - `refused`: `{code, detail}`; the live channel refused something.
 */

import { Api, newKey } from "./carillon/api.js";
import { persist } from "./carillon/http.js";
import { placed } from "./carillon/known.js";
import { LiveList } from "./carillon/live-list.js";
import { Mailbox } from "./carillon/mailbox.js";
import { Pace } from "./carillon/pace.js";
import { Presence } from "./carillon/presence.js";
import { WAYS } from "./carillon/ways.js";

export { newKey } from "./carillon/api.js";
export { backoffMs, CarillonError } from "./carillon/http.js";
export { keyOf, newestFirst } from "./carillon/known.js";

/** @typedef {import("./carillon/api.js").Boxed} Boxed the kinds that can be marked or deleted */
/** @typedef {import("./carillon/api.js").Letter} Letter what is to be sent */
/** @typedef {import("./carillon/api.js").Page} Page */
/** @typedef {import("./carillon/api.js").Query} Query */
/** @typedef {import("./carillon/api.js").User} User */
/** @typedef {import("./carillon/http.js").CarillonError} Failure */
/** @typedef {import("./carillon/known.js").Item} Item */
/** @typedef {import("./carillon/known.js").ItemName} ItemName */
/** @typedef {import("./carillon/known.js").Kind} Kind */
/** @typedef {import("./carillon/known.js").Person} Person */

export class Carillon extends EventTarget {
  #api;
  #mailbox;
  #presence;
  #pace;

  /**
   * @param {{base?: string, timeScale?: number, ways?: import("./carillon/ways.js").Way[]}} [options] `base`
   *   stands before every path, on the page's own origin: where a proxy has the server; `timeScale` multiplies all
   *   waits and limits, for tests; `ways` are those to reach the server by: where a websocket is barred, it falls
   *   back to the next
   */
  constructor({ base = "", timeScale = 1, ways = WAYS } = {}) {
    super();
    const pace = this.#pace = new Pace(timeScale);
    const fire = (/** @type {string} */ type, /** @type {unknown} */ detail) => this.dispatchEvent(new CustomEvent(type, { detail }));
    const api = this.#api = new Api(base, () => this.#presence.leave(0), pace);
    const onUnread = () => fire("unread", this.unread);
    const mailbox = this.#mailbox = new Mailbox(api, { onChange: (change) => fire("change", change), onUnread }, pace);
    this.#presence = new Presence({ api, mailbox, fire, base, ways, pace });
  }

  /** Who is signed in; null when nobody is. */
  get user() {
    return this.#api.user;
  }

  /** How many unread there are: without those that are leaving. */
  get unread() {
    return this.#mailbox.unread;
  }

  get state() {
    return this.#presence.state;
  }

  /** How the live channel is reached: "websocket", or "events" or "polling" where that is barred. */
  get way() {
    return this.#presence.way;
  }

  /**
   * Asks the server who is signed in; null when nobody is.
   *
   * @param {{onRetry?: (error: Failure) => void}} [options] with it, it goes on asking while there is no answer
   */
  session({ onRetry } = {}) {
    const attempts = onRetry ? Infinity : 1;
    return persist(() => this.#api.session(), { attempts, onRetry, pace: this.#pace });
  }

  /**
   * Throws a CarillonError with status 401 when the name or the password is wrong.
   *
   * @param {string} username
   * @param {string} password
   */
  signIn(username, password) {
    return this.#api.signIn(username, password);
  }

  /** Ends the session on the server, closes the live channel and forgets everything here. */
  async signOut() {
    await this.hurry();
    await this.#api.signOut();
    this.#presence.leave(0);
  }

  /**
   * One page. An item of which something newer is known is given in its newest state.
   *
   * @param {Query} query
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<Page>}
   */
  async items(query, { signal } = {}) {
    this.#presence.read();
    const isLater = query.kinds?.[0] === "scheduled";
    const { items: listed, next, cursor } = await (isLater ? this.#api.scheduled(signal) : this.#api.items(query, signal));
    this.#presence.begin(cursor);
    const items = listed.map(placed);
    const newest = items.map((item) => this.#mailbox.take(item)).filter((item) => item !== null);
    return { items: newest, next, last: items.at(-1) ?? null };
  }

  /**
   * A list that follows every change. Call its `load` once, and `close` when done with it.
   *
   * @param {import("./carillon/live-list.js").Filter} filter
   */
  list(filter) {
    return new LiveList(this, (query) => this.items(query), filter);
  }

  /**
   * @param {Boxed} kind
   * @param {number} id
   * @returns {Promise<Item | null>} null when there is none
   */
  async item(kind, id) {
    const known = this.#mailbox.get({ kind, id });
    if (known) return known;
    const item = await this.#api.item(kind, id);
    return item && this.#mailbox.take(placed({ version: 0, ...item, kind }));
  }

  /**
   * @param {string} name the beginning, or a part, of a name
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<Person[]>} at most twenty
   */
  people(name, { signal } = {}) {
    return this.#api.people(name, signal);
  }

  /**
   * Sends, and goes on trying while the server cannot be reached. May be called again with the same
   * letter and `key` after a failure: it is sent once.
   *
   * @param {Letter} letter
   * @returns {Promise<number[]>} the ids it really went to; of what leaves later those that it is for;
   *   empty for an audience
   */
  async send({ kind = "message", content, recipientIds = [], audience, later, key = newKey(), onRetry }) {
    const to = audience ? { audience } : { recipient_ids: recipientIds };
    const body = { content, ...to, ...timeOf(later) };
    const sent = await persist(() => this.#api.send(kind, body, key), { onRetry, pace: this.#pace });
    return sent.recipient_ids ?? (audience ? [] : recipientIds);
  }

  /**
   * Changes what is to leave later. Throws a CarillonError with status 409 while it is leaving.
   *
   * @param {number} id
   * @param {Letter} letter
   */
  async reschedule(id, { content, recipientIds, audience, later }) {
    const to = audience ? { audience } : { recipient_ids: recipientIds };
    await this.#api.reschedule(id, { content, ...to, ...timeOf(later) });
  }

  /**
   * Who has what one sent, and who has read it.
   *
   * @param {number} id
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<{recipient: Person, is_read: boolean, read_on: string | null}[]>} at most 200
   */
  async receipts(id, { signal } = {}) {
    return (await this.#api.receipts(id, signal)).receipts ?? [];
  }

  /** @param {Item[]} items received ones @param {import("./carillon/writes.js").OnProgress} [onProgress] */
  async markRead(items, onProgress) {
    await this.#mailbox.mark(items, true, onProgress);
  }

  /** @param {Item[]} items received ones @param {import("./carillon/writes.js").OnProgress} [onProgress] */
  async markUnread(items, onProgress) {
    await this.#mailbox.mark(items, false, onProgress);
  }

  /**
   * Deletes received items from the inbox, sent ones from the sent box. Gone already is fine.
   *
   * @param {Item[]} items
   * @param {import("./carillon/writes.js").OnProgress} [onProgress]
   */
  async delete(items, onProgress) {
    await this.#mailbox.delete(items, onProgress);
  }

  /**
   * Takes items out of every list at once, and deletes them once that is settled: until then it can be
   * undone. What is not settled when the page goes is settled by `hurry`.
   *
   * @param {Item[]} items
   * @returns {import("./carillon/departures.js").Departure}
   */
  deleteLater(items) {
    return this.#mailbox.deleteLater(items);
  }

  /** Deletes what is leaving without further ado; the browser sends it although the page may go. */
  async hurry() {
    await this.#mailbox.hurry();
  }

  /** @param {Item[]} items announcements, each in the version that was shown */
  async confirm(items) {
    await this.#api.confirm(items.flatMap(({ message_key }) => message_key ?? []));
  }

  /** Forgets what was read: the server words it otherwise now, as after another language was chosen. */
  forget() {
    this.#mailbox.clear();
  }

  /** One route, as the modules beside this one ask it. @type {Api["ask"]} */
  ask(method, path, options) {
    return this.#api.ask(method, path, options);
  }

  /** Whether `stats` are wanted; an administrator gets them each second, over a websocket. @param {boolean} isWanted */
  watch(isWanted) {
    this.#presence.watch(isWanted);
  }

  /** Opens the live channel and keeps it open, from where the first list was true. */
  connect() {
    this.#presence.open();
  }

  /** Tries to reconnect now instead of waiting for the next turn. */
  retry() {
    this.#presence.retry();
  }

  /** Closes the live channel. */
  close() {
    this.#presence.close();
  }
}

/** @param {import("./carillon/api.js").LocalTime | null | undefined} later */
function timeOf(later) {
  return later ? { send_at_local: later.local, time_zone: later.timeZone } : {};
}
