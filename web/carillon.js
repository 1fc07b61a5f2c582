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
import { Counts } from "./carillon/counts.js";
import { Departures } from "./carillon/departures.js";
import { persist } from "./carillon/http.js";
import { Known, placed, unreadOf } from "./carillon/known.js";
import { LiveList } from "./carillon/live-list.js";
import { Live } from "./carillon/live.js";
import { Pace } from "./carillon/pace.js";
import { addressOf, WAYS } from "./carillon/ways.js";
import { Writes } from "./carillon/writes.js";

export { newKey } from "./carillon/api.js";
export { CarillonError } from "./carillon/http.js";
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

/** The close code that ends a session; other ends leave it standing, or the next request tells. */
const SIGNED_OUT = 3500;

export class Carillon extends EventTarget {
  #api;
  #live;
  #counts;
  #pace;
  #known = new Known();
  #departures = new Departures();
  #writes;
  /** Whether anything was read that a connection may or may not continue. */
  #hasRead = false;
  #isWatching = false;

  /**
   * @param {{base?: string, timeScale?: number, ways?: import("./carillon/ways.js").Way[]}} [options] `base`
   *   stands before every path: a prefix or another origin; `timeScale` multiplies all waits and limits, for
   *   tests; `ways` are those to reach the server by: where a websocket is barred, it falls back to the next
   */
  constructor({ base = "", timeScale = 1, ways = WAYS } = {}) {
    super();
    this.#pace = new Pace(timeScale);
    this.#api = new Api(base, () => this.#leave(0), this.#pace);
    this.#writes = new Writes(this.#known, (item, previous) => this.#shown(item, previous), this.#pace);
    this.#counts = new Counts(() => this.#fire("unread", this.unread), () => this.#api.counts(), this.#pace);
    this.#live = new Live({
      pace: this.#pace,
      ways,
      address: (since, way) => addressOf(way, base, since),
      onFrame: (frame) => this.#receive(frame),
      onFresh: () => this.#begin(),
      onState: (state) => this.#moved(state),
      onEnd: (code) => this.#end(code),
      isWelcome: () => this.#isWelcome(),
    });
  }

  /** Who is signed in; null when nobody is. */
  get user() {
    return this.#api.user;
  }

  /** How many unread there are: without those that are leaving. */
  get unread() {
    const { messages, notices, announcements } = this.#counts.now;
    const leaving = this.#departures.groups.flat().map((item) => this.#known.get(item)).filter((item) => item !== null);
    const of = (/** @type {Kind} */ kind) => leaving.filter((item) => item.kind === kind && unreadOf(item)).length;
    return { messages: Math.max(0, messages - of("message")), notices: Math.max(0, notices - of("notice")), announcements };
  }

  get state() {
    return this.#live.state;
  }

  /** How the live channel is reached: "websocket", or "events" or "polling" where that is barred. */
  get way() {
    return this.#live.way;
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
    this.#leave(0);
  }

  /**
   * One page. An item of which something newer is known is given in its newest state.
   *
   * @param {Query} query
   * @param {{signal?: AbortSignal}} [options]
   * @returns {Promise<Page>}
   */
  async items(query, { signal } = {}) {
    this.#hasRead = true;
    const isLater = query.kinds?.[0] === "scheduled";
    const { items: listed, next, cursor } = await (isLater ? this.#api.scheduled(signal) : this.#api.items(query, signal));
    this.#live.cursor ??= cursor;
    const items = listed.map(placed);
    const newest = items.map((item) => this.#newest(item)).filter((item) => item !== null);
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
    const known = this.#known.get({ kind, id });
    if (known) return known;
    const item = await this.#api.item(kind, id);
    return item && this.#newest(placed({ version: 0, ...item, kind }));
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

  /** @param {Item[]} items received ones */
  async markRead(items) {
    await this.#writes.make(items, { is_read: true }, (kind, ids) => this.#api.mark(kind, ids, true));
  }

  /** @param {Item[]} items received ones */
  async markUnread(items) {
    await this.#writes.make(items, { is_read: false }, (kind, ids) => this.#api.mark(kind, ids, false));
  }

  /**
   * Deletes received items from the inbox, sent ones from the sent box. Gone already is fine.
   *
   * @param {Item[]} items
   */
  async delete(items) {
    await this.#writes.make(items, { deleted: true }, (kind, ids) => this.#api.remove(kind, ids));
  }

  /**
   * Takes items out of every list at once, and deletes them once that is settled: until then it can be
   * undone. What is not settled when the page goes is settled by `hurry`.
   *
   * @param {Item[]} items
   * @returns {import("./carillon/departures.js").Departure}
   */
  deleteLater(items) {
    const leaving = items.filter((item) => this.#known.get(item) && !this.#departures.has(item));
    this.#departures.add(leaving);
    for (const item of leaving) this.#fire("change", { item: { ...item, deleted: true }, previous: item, isLive: false });
    this.#fire("unread", this.unread);
    return {
      undo: () => this.#comeBack(leaving),
      settle: async () => {
        if (this.#departures.take(leaving)) await this.delete(leaving);
      },
    };
  }

  /** Deletes what is leaving without further ado; the browser sends it although the page may go. */
  async hurry() {
    await Promise.all(this.#departures.groups.map((items) => {
      this.#departures.take(items);
      return this.#writes.leave(items, (kind, ids) => this.#api.remove(kind, ids, { keepalive: true }));
    }));
  }

  /** @param {Item[]} items announcements, each in the version that was shown */
  async confirm(items) {
    await this.#api.confirm(items.flatMap(({ message_key }) => message_key ?? []));
  }

  /** One route, as the modules beside this one ask it. @type {Api["ask"]} */
  ask(method, path, options) {
    return this.#api.ask(method, path, options);
  }

  /** Whether `stats` are wanted; an administrator gets them each second, over a websocket. @param {boolean} isWanted */
  watch(isWanted) {
    if (isWanted !== this.#isWatching) this.#live.send({ type: isWanted ? "watch" : "unwatch", what: "stats" });
    this.#isWatching = isWanted;
  }

  /** Opens the live channel and keeps it open, from where the first list was true. */
  connect() {
    this.#live.open();
  }

  /** Tries to reconnect now instead of waiting for the next turn. */
  retry() {
    this.#live.retry();
  }

  /** Closes the live channel. */
  close() {
    this.#live.close();
  }

  /** @param {import("./carillon/live.js").State} state */
  #moved(state) {
    if (state === "online" && this.#isWatching) this.#live.send({ type: "watch", what: "stats" });
    this.#fire("state", state);
  }

  /** @param {Item} item @param {Item} previous */
  #shown(item, previous) {
    this.#counts.shift(item.kind, unreadOf(item) - unreadOf(previous));
    this.#fire("change", { item, previous, isLive: false });
  }

  /** @param {Item[]} items that were leaving */
  #comeBack(items) {
    if (!this.#departures.take(items)) return;
    for (const gone of items) {
      const item = this.#known.get(gone);
      if (item) this.#fire("change", { item, previous: { ...item, deleted: true }, isLive: false });
    }
    this.#fire("unread", this.unread);
  }

  /** @param {Item} item as a list gave it @returns {Item | null} null when it is gone, or leaving */
  #newest(item) {
    const previous = this.#known.get(item);
    const isNews = this.#known.take(item) && previous !== null;
    if (this.#departures.has(item)) return null;
    if (isNews) this.#fire("change", { item, previous, isLive: false });
    return this.#known.get(item);
  }

  /** @param {any} frame */
  #receive(frame) {
    if (frame.type === "change") this.#change(frame);
    if (frame.type === "hello") this.#counts.greet(frame.unread);
    if (frame.type === "unread") this.#counts.take(frame);
    if (frame.type === "reset") this.#reset();
    if (frame.type === "stats") this.#fire("stats", frame);
    if (frame.type === "error") this.#fire("refused", { code: frame.code, detail: frame.detail });
  }

  /** @param {any} frame */
  #change({ kind, version, revision, origin, deleted = false, item }) {
    if (typeof kind !== "string" || !Number.isInteger(version) || !Number.isInteger(item?.id)) return;
    const changed = placed({ ...item, kind, version, revision, deleted, ...(origin && { origin }) });
    const previous = this.#known.get(changed);
    if (!this.#known.take(changed)) return;
    if (!this.#departures.has(changed)) this.#fire("change", { item: changed, previous, isLive: true });
    if (!previous || unreadOf(previous) !== unreadOf(changed)) this.#counts.doubt(revision, kind);
  }

  /** A connection that resumes nothing: whatever was read before it may have gaps. */
  #begin() {
    if (this.#hasRead) this.#reset();
    this.#hasRead = true;
  }

  #reset() {
    this.#known.clear();
    this.#fire("reset", null);
  }

  /** @param {number} code */
  async #end(code) {
    if (code === SIGNED_OUT) return this.#leave(code);
    this.#fire("ended", { code });
    await this.#isWelcome();
  }

  /** Whether the session stands, and is still the same person's; null when it cannot be told. */
  async #isWelcome() {
    const { user } = this;
    let isKnown = true;
    const now = await this.#api.session().catch((error) => {
      this.#live.postpone(error.retryAfterMs);
      isKnown = false;
      return user;
    });
    if (now?.id === user?.id) return isKnown || null;
    this.#leave(0);
    return false;
  }

  /** @param {number} code the close code, 0 when it was no close */
  #leave(code) {
    this.#api.forget();
    this.#live.close();
    this.#live.cursor = null;
    this.#hasRead = false;
    this.#known.clear();
    this.#departures.clear();
    this.#counts.forget();
    this.#fire("signedout", { code });
  }

  /** @param {string} type @param {unknown} detail */
  #fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @param {import("./carillon/api.js").LocalTime | null | undefined} later */
function timeOf(later) {
  return later ? { send_at_local: later.local, time_zone: later.timeZone } : {};
}
