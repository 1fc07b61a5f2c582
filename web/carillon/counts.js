// @ts-check
/** How many unread: the server's figure, moved at once by what is done here, asked for when in doubt. */

import { Pace } from "./pace.js";

/** After a change the server sends its figure; when it has not come by then it is asked for. */
const DOUBT_MS = 600;

/** @typedef {{messages: number, notices: number, announcements: number}} Unread */

/** @type {Record<string, keyof Unread>} */
const COUNTER = { message: "messages", notice: "notices", announcement: "announcements" };

export class Counts {
  /** @type {Unread} */
  now = { messages: 0, notices: 0, announcements: 0 };

  #at = 0;
  #isTold = false;
  #doubtfulSince = 0;
  #timer = 0;
  /** What was shown here and is not answered yet: the server may count without it. @type {Set<object>} */
  #writes = new Set();
  /** The last figure that came meanwhile. @type {(Unread & {at: number}) | null} */
  #withheld = null;
  #onChange;
  #ask;
  #pace;

  /**
   * @param {() => void} onChange
   * @param {() => Promise<Partial<Unread> & {at?: number}>} ask
   * @param {Pace} [pace]
   */
  constructor(onChange, ask, pace = new Pace()) {
    this.#onChange = onChange;
    this.#ask = ask;
    this.#pace = pace;
  }

  /**
   * The figure of a connection that just began: the newest there is, also when this server's clock
   * is behind the one before. What it says from now on is compared with it. Who asks for changes is told
   * none, and asks for it.
   *
   * @param {Partial<Unread> & {at?: number}} [figure]
   */
  greet(figure) {
    if (!figure) return void this.#ask().then((told) => this.take(told), () => {});
    this.#at = figure.at ?? this.#at;
    this.take(figure);
  }

  /**
   * The server's figure. One that is older than the one here is ignored; one that comes during a write waits.
   *
   * @param {Partial<Unread> & {at?: number}} figure
   */
  take({ at = this.#at, messages = 0, notices = 0, announcements = 0 }) {
    if (at < this.#at) return;
    if (this.#writes.size > 0) return void (this.#withheld = { at, messages, notices, announcements });
    this.#at = at;
    this.#isTold = true;
    this.#set({ messages, notices, announcements });
  }

  /**
   * What was just done here; it holds until a later figure comes.
   *
   * @param {string} kind
   * @param {number} by
   */
  shift(kind, by) {
    if (!COUNTER[kind] || by === 0) return;
    this.#move(COUNTER[kind], by);
    this.#doubt(this.#at + 1);
  }

  /**
   * A change that the figure may not have in it.
   *
   * @param {string} kind
   * @param {number} by
   * @param {number} revision
   */
  hear(kind, by, revision) {
    if (!COUNTER[kind]) return;
    if (this.#writes.size > 0) this.#move(COUNTER[kind], by);
    this.#doubt(revision);
  }

  /**
   * Keeps the figure while something that was just shown here is written: the server's would step back.
   *
   * @returns {() => void} to be called once it is answered
   */
  hold() {
    const write = {};
    if (this.#isTold) this.#writes.add(write);
    return () => this.#release(write);
  }

  forget() {
    clearTimeout(this.#timer);
    this.#at = 0;
    this.#isTold = false;
    this.#doubtfulSince = 0;
    this.#writes.clear();
    this.#withheld = null;
    this.#set({ messages: 0, notices: 0, announcements: 0 });
  }

  /** What came meanwhile is believed where it says the same; else one asks. @param {object} write */
  #release(write) {
    if (!this.#writes.delete(write) || this.#writes.size > 0) return;
    const figure = this.#withheld;
    this.#withheld = null;
    if (figure && figure.at >= this.#doubtfulSince && isSame(figure, this.now)) this.take(figure);
    else this.#doubt(this.#at + 1);
  }

  /** @param {keyof Unread} counter @param {number} by */
  #move(counter, by) {
    this.#set({ ...this.now, [counter]: Math.max(0, this.now[counter] + by) });
  }

  /** @param {number} since when the figure may lack something */
  #doubt(since) {
    this.#doubtfulSince = Math.max(this.#doubtfulSince, since);
    clearTimeout(this.#timer);
    this.#timer = this.#pace.later(() => void this.#settle(), DOUBT_MS);
  }

  async #settle() {
    if (this.#writes.size > 0 || this.#at >= this.#doubtfulSince) return;
    this.take(await this.#ask().catch(() => ({ ...this.now, at: this.#at })));
  }

  /** @param {Unread} figure */
  #set(figure) {
    const was = this.now;
    this.now = figure;
    if (!isSame(was, figure)) this.#onChange();
  }
}

/** @param {Unread} one @param {Unread} other */
function isSame(one, other) {
  return one.messages === other.messages && one.notices === other.notices && one.announcements === other.announcements;
}
