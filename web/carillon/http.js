// @ts-check
/** HTTP as Carillon speaks it: JSON, the session cookie, the CSRF header, errors in words. */

import { Pace } from "./pace.js";

const TIME_LIMIT_MS = 15_000;
const MOST_RETRY_AFTER_S = 60;
const UNREACHABLE = "Carillon cannot be reached right now.";

/** What is worth asking again: no answer, a request still running, too many, or a server in trouble. */
const TEMPORARY = new Set([0, 409, 425, 429, 502, 503, 504]);

/**
 * A request that did not succeed.
 * `status` is 0 when no answer came; `fields` tells what is wrong with which field.
 */
export class CarillonError extends Error {
  /**
   * @param {number} status
   * @param {unknown} [body]
   * @param {number} [retryAfterMs]
   */
  constructor(status, body = null, retryAfterMs = 0) {
    const fields = fieldsOf(body);
    super(sentence(status, body, fields));
    this.name = "CarillonError";
    this.status = status;
    /** @type {Record<string, string>} */
    this.fields = fields;
    this.retryAfterMs = retryAfterMs;
  }

  /** True when the same request may succeed later. */
  get isTemporary() {
    return TEMPORARY.has(this.status);
  }
}

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} body the parsed JSON, or null when there is none
 * @property {Headers} headers
 */

export class Http {
  /** Sent with every write; `GET /session` tells it. */
  csrfToken = "";

  /**
   * @param {string} base what stands before every path, without a final slash
   * @param {Pace} [pace]
   */
  constructor(base, pace = new Pace()) {
    this.base = base;
    this.pace = pace;
  }

  /**
   * One request. Throws CarillonError unless the status is 2xx; an `AbortError` when `signal` fires.
   *
   * @param {string} method
   * @param {string} path
   * @param {{body?: object, headers?: Record<string, string>, signal?: AbortSignal, keepalive?: boolean}} [options]
   *   `body`: a form is sent as it is, with its files; everything else as JSON.
   *   `keepalive`: sent although the page goes
   * @returns {Promise<Answer>}
   */
  async request(method, path, { body, headers = {}, signal, keepalive = false } = {}) {
    const response = await this.#fetch(path, {
      method,
      headers: { Accept: "application/json", ...this.#writing(method, body), ...headers },
      body: body instanceof FormData ? body : body && JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      keepalive,
      signal: this.#limited(signal),
    }, signal);
    const parsed = await parse(response);
    if (isCutOff(method, response, parsed)) throw new CarillonError(0);
    if (!response.ok) throw new CarillonError(response.status, parsed, retryAfterMs(response));
    return { status: response.status, body: parsed, headers: response.headers };
  }

  /**
   * @param {string} path
   * @param {RequestInit} init
   * @param {AbortSignal} [signal] the caller's own, whose abort is not an error of the network
   */
  async #fetch(path, init, signal) {
    try {
      return await fetch(this.base + path, init);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new CarillonError(0);
    }
  }

  /** @param {AbortSignal} [signal] */
  #limited(signal) {
    const limit = this.pace.limit(TIME_LIMIT_MS);
    return signal ? AbortSignal.any([signal, limit]) : limit;
  }

  /**
   * @param {string} method
   * @param {object} [body]
   * @returns {Record<string, string>}
   */
  #writing(method, body) {
    return {
      ...(body && !(body instanceof FormData) && { "Content-Type": "application/json" }),
      ...(method !== "GET" && this.csrfToken && { "X-CSRF-Token": this.csrfToken }),
    };
  }
}

/**
 * Repeats `work` while its failure is temporary, waiting longer each time.
 * Only for work that may be done twice. What is patient waits while the browser has no network.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {{attempts?: number, isPatient?: boolean, onRetry?: (error: CarillonError) => void, pace?: Pace}} [options]
 * @returns {Promise<T>}
 */
export async function persist(work, { attempts = 6, isPatient = false, onRetry, pace = new Pace() } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CarillonError) || !error.isTemporary) throw error;
      if (isPatient && !navigator.onLine) await network();
      else if (attempt >= attempts) throw error;
      onRetry?.(error);
      await pace.pause(Math.max(error.retryAfterMs, backoffMs(attempt)));
    }
  }
}

/** Waits until the browser has a network again. @returns {Promise<unknown>} */
function network() {
  return new Promise((resolve) => addEventListener("online", resolve, { once: true }));
}

/**
 * Half a second, one, two … with a random part, so that a crowd does not return in one moment.
 *
 * @param {number} attempt 1 for the first
 */
export function backoffMs(attempt, capMs = 10_000) {
  return Math.min(capMs, 500 * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}

/**
 * Over plain HTTP a browser takes an answer that was cut off for a whole one: with half a status, or
 * without a body where a success has one.
 *
 * @param {string} method
 * @param {Response} response
 * @param {unknown} body
 */
function isCutOff(method, response, body) {
  const tells = response.ok && response.status !== 204 && (method === "GET" || method === "POST");
  return response.status < 200 || (tells && body === null);
}

/** @param {Response} response */
async function parse(response) {
  const text = await response.text().catch(() => "");
  if (!text || !(response.headers.get("Content-Type") ?? "").includes("json")) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {Response} response */
function retryAfterMs(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds), MOST_RETRY_AFTER_S) * 1000 : 0;
}

/**
 * @param {number} status
 * @param {unknown} body
 * @param {Record<string, string>} fields
 */
function sentence(status, body, fields) {
  if (status === 0) return UNREACHABLE;
  if (Array.isArray(body)) return textOf(body);
  return fields.detail ?? Object.values(fields)[0] ?? `Carillon answered with an error (${status}).`;
}

/**
 * `{"field": ["One.", "Two."]}`, as alerts say it also below `details`, as `{field: "One. Two."}`.
 *
 * @param {any} body
 * @returns {Record<string, string>}
 */
function fieldsOf(body) {
  if (!body || typeof body !== "object" || Array.isArray(body)) return {};
  const told = body.details && typeof body.details === "object" ? body.details : body;
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, textOf(value)]));
}

/** @param {unknown} value @returns {string} */
function textOf(value) {
  if (Array.isArray(value)) return value.map(textOf).join(" ");
  if (value && typeof value === "object") return Object.values(value).map(textOf).join(" ");
  return String(value);
}
