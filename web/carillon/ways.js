// @ts-check
/**
 * The ways to reach the live channel: a websocket first, and what passes where that is barred. Each
 * looks like a WebSocket: `onopen`, `onmessage` with a frame's text, `onclose` with a code, `send`, `close`.
 */

/** @typedef {"websocket" | "events" | "polling"} Way */

/** @type {Way[]} the best first */
export const WAYS = ["websocket", "events", "polling"];

const PROTOCOL = "carillon.v1";
const PATHS = { websocket: "/live", events: "/live/events", polling: "/live/changes" };
const TYPES = ["hello", "change", "unread", "ping", "reset", "bye"];
const PAGE = 200;
/** Less than what proxies wait for an answer. */
const WAIT_S = 25;
/** So many failures in a row, while the server can be reached, and the next way is tried. */
const TRIES = 2;
/** A way that is not the best is left when it is cut after this long. */
const BEST_AGAIN_MS = 600_000;
const CUT = 1006;

/** Which way to try next. */
export class Choice {
  #ways;
  #at = 0;
  #failures = 0;

  /** @param {Way[]} ways */
  constructor(ways) {
    this.#ways = ways;
  }

  get way() {
    return this.#ways[this.#at];
  }

  /** A connection was greeted. */
  worked() {
    this.#failures = 0;
  }

  /** The server can be reached, and the connection was not greeted. */
  failed() {
    this.#failures += 1;
    if (this.#failures < TRIES) return;
    this.#failures = 0;
    this.#at = (this.#at + 1) % this.#ways.length;
  }

  /** A greeted connection is over. @param {number} livedMs */
  wasLost(livedMs) {
    if (livedMs > BEST_AGAIN_MS) this.#at = 0;
  }
}

/**
 * @param {Way} way
 * @param {string} base a prefix of every path
 * @param {string | null} since
 */
export function addressOf(way, base, since) {
  const address = new URL(`${base}${PATHS[way]}`, location.href);
  if (way === "websocket") address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  if (since) address.searchParams.set("since", since);
  return address.href;
}

/**
 * @param {Way} way
 * @param {string} address
 * @returns {WebSocket | Events | Polls}
 */
export function open(way, address) {
  if (way === "events") return new Events(address);
  return way === "polling" ? new Polls(address) : new WebSocket(address, PROTOCOL);
}

/** Server-sent events; the browser's own coming back is left out, for it knows no other way. */
export class Events {
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {((message: {data: string}) => void) | null} */
  onmessage = null;
  /** @type {((end: {code: number}) => void) | null} */
  onclose = null;
  #source;

  /** @param {string} address */
  constructor(address) {
    this.#source = new EventSource(address);
    this.#source.onopen = () => this.onopen?.();
    this.#source.onerror = () => this.#over(CUT);
    for (const type of TYPES) {
      this.#source.addEventListener(type, ({ data }) => this.onmessage?.({ data }));
    }
    this.#source.addEventListener("close", ({ data }) => this.#over(JSON.parse(data).code));
  }

  /** There is no way back. */
  send() {}

  close() {
    this.#source.close();
  }

  /** @param {number} code */
  #over(code) {
    this.close();
    this.onclose?.({ code });
  }
}

/** Asks again and again; what comes is told in frames. */
export class Polls {
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {((message: {data: string}) => void) | null} */
  onmessage = null;
  /** @type {((end: {code: number}) => void) | null} */
  onclose = null;
  #address;
  #abort = new AbortController();

  /** @param {string} address */
  constructor(address) {
    this.#address = new URL(address);
    this.#address.searchParams.set("limit", String(PAGE));
    void this.#run();
  }

  send() {}

  close() {
    this.#abort.abort();
  }

  async #run() {
    try {
      const first = await this.#ask();
      this.onopen?.();
      this.#say({ type: "hello", cursor: this.#since ?? first.cursor, ping: WAIT_S });
      for (let answer = first; !this.#abort.signal.aborted; answer = await this.#ask()) this.#take(answer);
    } catch {
      if (!this.#abort.signal.aborted) this.onclose?.({ code: CUT });
    }
  }

  get #since() {
    return this.#address.searchParams.get("since");
  }

  async #ask() {
    const options = { cache: /** @type {RequestCache} */ ("no-store"), signal: this.#abort.signal };
    const response = await fetch(this.#address, { ...options, headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  }

  /** @param {{changes: object[], cursor: string, more: boolean, reset: boolean}} answer */
  #take({ changes, cursor, more, reset }) {
    if (reset) this.#say({ type: "reset" });
    for (const change of changes) this.#say(change);
    this.#address.searchParams.set("since", cursor);
    this.#address.searchParams.set("wait", String(more ? 0 : WAIT_S));
    this.#say({ type: "ping", cursor });
  }

  /** @param {object} frame */
  #say(frame) {
    if (!this.#abort.signal.aborted) this.onmessage?.({ data: JSON.stringify(frame) });
  }
}
