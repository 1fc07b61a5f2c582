// @ts-check
/** One's being there: the session and the live channel, which end together, and what both tell the mailbox. */

import { Live } from "./live.js";
import { addressOf } from "./ways.js";

/** @typedef {import("./api.js").Api} Api */
/** @typedef {import("./mailbox.js").Mailbox} Mailbox */
/** @typedef {import("./pace.js").Pace} Pace */

/** The close code that ends a session; other ends leave it standing, or the next request tells. */
const SIGNED_OUT = 3500;

export class Presence {
  #api;
  #mailbox;
  #fire;
  #live;
  /** Whether anything was read that a connection may or may not continue. */
  #hasRead = false;
  #isWatching = false;

  /**
   * @param {object} parts
   * @param {Api} parts.api
   * @param {Mailbox} parts.mailbox
   * @param {(type: string, detail: unknown) => void} parts.fire an event for the library's user
   * @param {string} parts.base
   * @param {import("./ways.js").Way[]} parts.ways
   * @param {Pace} parts.pace
   */
  constructor({ api, mailbox, fire, base, ways, pace }) {
    this.#api = api;
    this.#mailbox = mailbox;
    this.#fire = fire;
    this.#live = new Live({
      pace,
      ways,
      address: (since, way) => addressOf(way, base, since),
      onFrame: (frame) => this.#receive(frame),
      onFresh: () => this.#begin(),
      onState: (state) => this.#moved(state),
      onEnd: (code) => this.#end(code),
      isWelcome: () => this.#isWelcome(),
    });
  }

  get state() {
    return this.#live.state;
  }

  get way() {
    return this.#live.way;
  }

  /** Something is about to be read: a connection that does not continue it will say so. */
  read() {
    this.#hasRead = true;
  }

  /** @param {string | null} cursor that the first list was true for: the live channel goes on from there */
  begin(cursor) {
    this.#live.cursor ??= cursor;
  }

  open() {
    this.#live.open();
  }

  retry() {
    this.#live.retry();
  }

  close() {
    this.#live.close();
  }

  /** @param {boolean} isWanted whether `stats` are, now and after each reconnection */
  watch(isWanted) {
    if (isWanted !== this.#isWatching) this.#live.send({ type: isWanted ? "watch" : "unwatch", what: "stats" });
    this.#isWatching = isWanted;
  }

  /** Forgets all that was only for the one who was here. @param {number} code the close code, 0 when it was no close */
  leave(code) {
    this.#api.forget();
    this.#live.close();
    this.#live.cursor = null;
    this.#hasRead = false;
    this.#mailbox.forget();
    this.#fire("signedout", { code });
  }

  /** @param {import("./live.js").State} state */
  #moved(state) {
    if (state === "online" && this.#isWatching) this.#live.send({ type: "watch", what: "stats" });
    this.#fire("state", state);
  }

  /** @param {any} frame */
  #receive(frame) {
    if (frame.type === "change") this.#mailbox.change(frame);
    if (frame.type === "hello" || frame.type === "unread") this.#mailbox.count(frame);
    if (frame.type === "reset") this.#reset();
    if (frame.type === "stats") this.#fire("stats", frame);
    if (frame.type === "error") this.#fire("refused", { code: frame.code, detail: frame.detail });
  }

  /** A connection that resumes nothing: whatever was read before it may have gaps. */
  #begin() {
    if (this.#hasRead) this.#reset();
    this.#hasRead = true;
  }

  #reset() {
    this.#mailbox.clear();
    this.#fire("reset", null);
  }

  /** @param {number} code */
  async #end(code) {
    if (code === SIGNED_OUT) return this.leave(code);
    this.#fire("ended", { code });
    await this.#isWelcome();
  }

  /** Whether the session stands, and is still the same person's; null when it cannot be told. */
  async #isWelcome() {
    const { user } = this.#api;
    let isKnown = true;
    const now = await this.#api.session().catch((error) => {
      this.#live.postpone(error.retryAfterMs);
      isKnown = false;
      return user;
    });
    if (now?.id === user?.id) return isKnown || null;
    this.leave(0);
    return false;
  }
}
