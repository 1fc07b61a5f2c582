// @ts-check
/** The line that does not give up: it comes back, resumes where it was, and notices a dead one. */

import { backoffMs } from "./http.js";
import { Pace } from "./pace.js";
import { Choice, open } from "./ways.js";

const HANDSHAKE_MS = 10_000;
/** A connection that lived this long was a good one: the next failure starts counting afresh. */
const STABLE_MS = 5_000;
/** Silence of this many ping intervals means that the line is dead. */
const SILENT_PINGS = 2.5;
/** For receipts: so many pings after a change are acknowledged, for a cursor lies behind what was told. */
const ACKNOWLEDGED_PINGS = 2;
const ACK_MS = 5_000;
/** The server asks to come back at once after these: it restarts, or wants the connection made anew. */
const AT_ONCE = new Set([3001, 3010]);

/** @typedef {"connecting" | "online" | "reconnecting" | "ended" | "closed"} State */

/**
 * @typedef {object} Listener what the owner of a Live gives it
 * @property {(since: string | null, way: import("./ways.js").Way) => string} address
 * @property {(frame: any) => void} onFrame every frame but pings, in order
 * @property {() => void} onFresh a connection that resumes nothing: what was read before may have gaps
 * @property {(state: State) => void} onState
 * @property {(code: number) => void} onEnd the server said not to come back
 * @property {() => Promise<boolean | null>} isWelcome asked after a refused handshake, whose reason browsers
 *   hide; null when the server cannot be asked either
 * @property {import("./ways.js").Way[]} [ways] to reach the server by, the best first; a websocket alone without
 * @property {Pace} [pace]
 */

export class Live {
  /** Where to resume; an opaque text from the server. @type {string | null} */
  cursor = null;
  /** @type {State} */
  state = "closed";

  /** @type {Listener} */
  #listener;
  #pace;
  #choice;
  /** @type {ReturnType<typeof open> | null} */
  #socket = null;
  #attempt = 0;
  #isResuming = false;
  #greetedAt = 0;
  #heardAt = 0;
  /** How many pings are still to be acknowledged, and when one was. */
  #owedAcks = 0;
  #acknowledgedAt = 0;
  #silenceMs = 0;
  /** What the server wishes to be added to the next wait. */
  #wishedMs = 0;
  #retryTimer = 0;
  #silenceTimer = 0;
  #onWake = () => this.#wake();

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#pace = listener.pace ?? new Pace();
    this.#choice = new Choice(listener.ways ?? ["websocket"]);
  }

  /** How the server is reached, or tried to be. */
  get way() {
    return this.#choice.way;
  }

  /** Connects, and stays connected until `close`. Calling it twice is harmless. */
  open() {
    if (this.state !== "closed" && this.state !== "ended") return;
    addEventListener("online", this.#onWake);
    document.addEventListener("visibilitychange", this.#onWake);
    this.#attempt = 0;
    this.#say("connecting");
    this.#dial();
  }

  close() {
    this.#stop("closed");
  }

  /** Tries now instead of waiting for the next turn, or again after the server ended it. */
  retry() {
    if (this.state === "ended") this.open();
    if (this.state !== "reconnecting" || this.#socket) return;
    this.#attempt = 0;
    this.#dial();
  }

  /** Says something to the server; nothing while it is not there. @param {object} frame */
  send(frame) {
    if (this.state === "online") this.#socket?.send(JSON.stringify(frame));
  }

  /** Makes the next wait longer. @param {number} ms */
  postpone(ms) {
    this.#wishedMs = Number.isFinite(ms) ? Math.max(0, ms) : 0;
  }

  /** @param {State} state */
  #stop(state) {
    removeEventListener("online", this.#onWake);
    document.removeEventListener("visibilitychange", this.#onWake);
    this.#hangUp();
    this.#say(state);
  }

  /** @param {State} state */
  #say(state) {
    if (state === this.state) return;
    this.state = state;
    this.#listener.onState(state);
  }

  #wake() {
    if (document.visibilityState === "hidden") return;
    if (this.#socket && Date.now() - this.#heardAt > this.#pace.of(this.#silenceMs)) this.#lost(0);
    this.retry();
  }

  #dial() {
    this.#hangUp();
    const { way } = this.#choice;
    const socket = open(way, this.#listener.address(this.cursor, way));
    this.#socket = socket;
    this.#isResuming = this.cursor !== null;
    this.#greetedAt = 0;
    this.#silenceMs = HANDSHAKE_MS;
    this.#heard();
    socket.onopen = () => socket === this.#socket && this.#heard();
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = ({ code }) => socket === this.#socket && this.#lost(code);
  }

  /** Lets go of the socket; whatever it still says is not heard. */
  #hangUp() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #heard() {
    this.#heardAt = Date.now();
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = this.#pace.later(() => void this.#lost(0), this.#silenceMs);
  }

  /** @param {unknown} data what is no frame is passed over */
  #receive(data) {
    this.#heard();
    const frame = parse(data);
    if (!frame) return;
    if (frame.type === "hello") this.#greet(frame);
    if (frame.type === "change") this.#owedAcks = ACKNOWLEDGED_PINGS;
    if (frame.type === "ping") this.#note(frame.cursor);
    if (frame.type === "bye") this.postpone(frame.retry_ms);
    if (frame.type !== "ping") this.#listener.onFrame(frame);
  }

  /** All before a ping was applied: its cursor says so, here and now and then to the server. @param {string} cursor */
  #note(cursor) {
    this.cursor = cursor || this.cursor;
    const isSoon = Date.now() - this.#acknowledgedAt < this.#pace.of(ACK_MS);
    if (!this.#owedAcks || isSoon) return;
    this.#owedAcks -= 1;
    this.#acknowledgedAt = Date.now();
    this.#socket?.send(JSON.stringify({ type: "ack", cursor: this.cursor }));
  }

  /** @param {{cursor: string, ping: number}} hello */
  #greet({ cursor, ping }) {
    // It repeats ours, as long as ours is of use: what was missed is still to come.
    this.cursor = cursor || this.cursor;
    this.#greetedAt = Date.now();
    this.#choice.worked();
    this.#silenceMs = SILENT_PINGS * ping * 1000;
    this.#heard();
    this.#say("online");
    if (!this.#isResuming) this.#listener.onFresh();
  }

  /** @param {number} code the close code, 0 when it was silence */
  async #lost(code) {
    const greetedAt = this.#greetedAt;
    this.#hangUp();
    if (code >= 3500 && code <= 3999) return this.#end(code);
    if (greetedAt) this.#wasGood(Date.now() - greetedAt);
    this.#say("reconnecting");
    if (!greetedAt && !(await this.#mayComeBack())) return;
    if (this.state === "reconnecting" && !this.#socket) this.#later(code);
  }

  /** @param {number} livedMs */
  #wasGood(livedMs) {
    if (livedMs > this.#pace.of(STABLE_MS)) this.#attempt = 0;
    this.#choice.wasLost(livedMs / this.#pace.scale);
  }

  /** A server that can be asked, and takes us, is reached another way after some attempts. */
  async #mayComeBack() {
    const isWelcome = await this.#listener.isWelcome();
    if (isWelcome) this.#choice.failed();
    return isWelcome !== false;
  }

  /** @param {number} code */
  #end(code) {
    this.cursor = null;
    this.#stop("ended");
    this.#listener.onEnd(code);
  }

  /** @param {number} code */
  #later(code) {
    clearTimeout(this.#retryTimer);
    const first = this.#attempt === 0;
    this.#attempt += 1;
    const wait = first && AT_ONCE.has(code) ? 50 + Math.random() * 350 : backoffMs(this.#attempt);
    this.#retryTimer = this.#pace.later(() => this.#dial(), this.#wishedMs + wait);
    this.#wishedMs = 0;
  }
}

/** @param {unknown} data @returns {any} a frame; null for what is none */
function parse(data) {
  if (typeof data !== "string") return null;
  try {
    const frame = JSON.parse(data);
    return typeof frame?.type === "string" ? frame : null;
  } catch {
    return null;
  }
}
