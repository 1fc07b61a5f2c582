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
  #doubtfulSince = 0;
  #timer = 0;
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
   * The server's figure. One that is older than the one here is ignored.
   *
   * @param {Partial<Unread> & {at?: number}} figure
   */
  take({ at = this.#at, messages = 0, notices = 0, announcements = 0 }) {
    if (at < this.#at) return;
    this.#at = at;
    this.#set({ messages, notices, announcements });
  }

  /**
   * What was just done here; it holds until a later figure comes.
   *
   * @param {string} kind
   * @param {number} by
   */
  shift(kind, by) {
    const counter = COUNTER[kind];
    if (!counter || by === 0) return;
    this.#set({ ...this.now, [counter]: Math.max(0, this.now[counter] + by) });
    this.doubt(this.#at + 1, kind);
  }

  /**
   * @param {number} revision of a change that the figure may not have in it
   * @param {string} kind
   */
  doubt(revision, kind) {
    if (!COUNTER[kind]) return;
    this.#doubtfulSince = Math.max(this.#doubtfulSince, revision);
    clearTimeout(this.#timer);
    this.#timer = this.#pace.later(() => void this.#settle(), DOUBT_MS);
  }

  forget() {
    clearTimeout(this.#timer);
    this.#at = 0;
    this.#doubtfulSince = 0;
    this.#set({ messages: 0, notices: 0, announcements: 0 });
  }

  async #settle() {
    if (this.#at >= this.#doubtfulSince) return;
    this.take(await this.#ask().catch(() => ({ ...this.now, at: this.#at })));
  }

  /** @param {Unread} figure */
  #set(figure) {
    const was = this.now;
    this.now = figure;
    if (was.messages !== figure.messages || was.notices !== figure.notices
      || was.announcements !== figure.announcements) this.#onChange();
  }
}
