// @ts-check
/** Carillon's REST routes as functions, and the session that every one of them needs. */

import { CarillonError, Http } from "./http.js";

/** @typedef {import("./http.js").Answer} Answer */
/** @typedef {import("./known.js").Item} Item */
/** @typedef {import("./known.js").Kind} Kind */
/** @typedef {import("./known.js").Person} Person */

/**
 * @typedef {object} User
 * @property {number} id
 * @property {string} username
 * @property {string} [email]
 * @property {boolean} is_admin
 * @property {string | null} [language]
 * @property {string | null} [time_zone]
 */

/**
 * @typedef {object} Query
 * @property {Kind[]} [kinds]
 * @property {boolean} [unread]
 * @property {number} [with] a user's id: what was exchanged with that person
 * @property {string} [origin] the area that notices came from
 * @property {string} [q] text in the content
 * @property {string} [since] ISO 8601
 * @property {string} [until] ISO 8601
 * @property {string} [cursor] where the page begins
 * @property {number} [limit]
 */

/**
 * @typedef {object} Page
 * @property {Item[]} items newest first
 * @property {string | null} next the cursor of the page after this; null at the end
 * @property {Item | null} last the last item as the server listed it
 */

/**
 * @typedef {object} Letter what is to be sent
 * @property {"message" | "notice"} [kind]
 * @property {string} content
 * @property {number[]} [recipientIds]
 * @property {"everyone"} [audience] of notices, instead of recipients
 * @property {LocalTime | null} [later] when it is to leave; without it at once
 * @property {string} [key] give the same one when sending the same again: it is then sent once
 * @property {(error: CarillonError) => void} [onRetry] told before each further attempt
 */

/** @typedef {{local: string, timeZone: string}} LocalTime what clocks show there, as `2026-11-24T09:00` */

/** @typedef {{body?: object, headers?: Record<string, string>, signal?: AbortSignal, keepalive?: boolean}} Options */

/** @typedef {"message" | "notice" | "sent" | "scheduled"} Boxed the kinds that can be opened and deleted */

/** Where each kind lives, and what a list of its ids is called. */
const ROUTES = {
  message: { detail: "/messages/", remove: "/messages/delete/", ids: "message_ids" },
  notice: { detail: "/notices/", remove: "/notices/delete/", ids: "notice_ids" },
  sent: { detail: "/messages/sent/", remove: "/messages/delete-sent/", ids: "message_ids" },
  scheduled: { detail: "/scheduled/", remove: "", ids: "" },
};

export class Api {
  /** Who is signed in. @type {User | null} */
  user = null;

  #http;
  #onSignedOut;
  /** The revision of the latest send: handed back, it keeps this sender's order over processes. */
  #after = 0;

  /**
   * @param {string} base
   * @param {() => void} onSignedOut a request found that the session is over
   * @param {import("./pace.js").Pace} [pace]
   */
  constructor(base, onSignedOut, pace) {
    this.#http = new Http(base, pace);
    this.#onSignedOut = onSignedOut;
  }

  /** @returns {Promise<User | null>} who is signed in; null when nobody is */
  async session() {
    try {
      return this.#welcome(await this.#http.request("GET", "/session"));
    } catch (error) {
      if (error instanceof CarillonError && error.status === 401) return null;
      throw error;
    }
  }

  /**
   * @param {string} username
   * @param {string} password
   */
  async signIn(username, password) {
    return this.#welcome(await this.#http.request("POST", "/session", { body: { username, password } }));
  }

  /** Ends the session; that it was over already is fine. */
  async signOut() {
    try {
      await this.#http.request("DELETE", "/session");
    } catch (error) {
      if (!(error instanceof CarillonError) || ![401, 403].includes(error.status)) throw error;
    }
  }

  forget() {
    this.user = null;
    this.#http.csrfToken = "";
    this.#after = 0;
  }

  /**
   * @param {Query} query
   * @param {AbortSignal} [signal]
   * @returns {Promise<{items: Item[], next: string | null, cursor: string | null}>} `cursor` is the
   *   live cursor that the list is true for
   */
  async items(query, signal) {
    const { body, headers } = await this.#ask("GET", `/inbox/items/?${search(query)}`, { signal });
    return { items: body.items, next: body.next ?? null, cursor: headers.get("Carillon-Cursor") };
  }

  /**
   * @param {Boxed} kind
   * @param {number} id
   * @returns {Promise<any>} as a list has it; null when there is none
   */
  async item(kind, id) {
    const path = kind === "scheduled" ? `${ROUTES.scheduled.detail}${id}/` : `/inbox/items/${id}/?kind=${kind}`;
    try {
      return (await this.#ask("GET", path)).body;
    } catch (error) {
      if (error instanceof CarillonError && error.status === 404) return null;
      throw error;
    }
  }

  async counts() {
    return (await this.#ask("GET", "/inbox/counts")).body;
  }

  /**
   * @param {string} name
   * @param {AbortSignal} [signal]
   * @returns {Promise<Person[]>}
   */
  async people(name, signal) {
    const query = new URLSearchParams({ q: name });
    const { body } = await this.#ask("GET", `/inbox/people/?${query}`, { signal });
    return body;
  }

  /**
   * @param {"message" | "notice"} kind
   * @param {object} body
   * @param {string} key
   * @returns {Promise<any>} what was sent, as the server understood it
   */
  async send(kind, body, key) {
    const headers = { "Idempotency-Key": key, ...this.#ordered() };
    const answer = await this.#ask("POST", `/${kind}s/send/`, { body, headers });
    this.#after = Math.max(this.#after, Number(answer.headers.get("Carillon-Revision")));
    return answer.body;
  }

  /** @param {string[]} keys of announcements */
  async confirm(keys) {
    await this.#ask("POST", "/api/v1/session/messages_confirm", { body: keys });
  }

  /**
   * @param {Boxed} kind
   * @param {number[]} ids
   * @param {boolean} isRead
   */
  async mark(kind, ids, isRead) {
    const path = `${ROUTES[kind].detail}mark-${isRead ? "read" : "unread"}/`;
    await this.#ask("PATCH", path, { body: { [ROUTES[kind].ids]: ids }, headers: this.#ordered() });
  }

  /**
   * Deletes; 400 says that none of them is there any more, which is what was wanted.
   *
   * @param {Boxed} kind
   * @param {number[]} ids
   * @param {{keepalive?: boolean}} [options] `keepalive`: sent although the page goes
   */
  async remove(kind, ids, { keepalive = false } = {}) {
    if (kind === "scheduled") return this.#cancel(ids, keepalive);
    try {
      const body = { [ROUTES[kind].ids]: ids };
      await this.#ask("DELETE", ROUTES[kind].remove, { body, headers: this.#ordered(), keepalive });
    } catch (error) {
      if (!(error instanceof CarillonError) || error.status !== 400) throw error;
    }
  }

  /** @param {number[]} ids of what is to leave later; gone already is fine @param {boolean} keepalive */
  async #cancel(ids, keepalive) {
    await Promise.all(ids.map(async (id) => {
      try {
        await this.#ask("DELETE", `${ROUTES.scheduled.detail}${id}/`, { keepalive });
      } catch (error) {
        if (!(error instanceof CarillonError) || error.status !== 404) throw error;
      }
    }));
  }

  /** What is to leave later, as a page. @param {AbortSignal} [signal] */
  async scheduled(signal) {
    const { body, headers } = await this.#ask("GET", ROUTES.scheduled.detail, { signal });
    const items = body.map((/** @type {any} */ one) => ({ ...one, kind: "scheduled", version: 0 }));
    return { items, next: null, cursor: headers.get("Carillon-Cursor") };
  }

  /** @param {number} id @param {object} body what is to be changed of it */
  async reschedule(id, body) {
    return (await this.#ask("PATCH", `${ROUTES.scheduled.detail}${id}/`, { body })).body;
  }

  /** @param {number} id of something sent @param {AbortSignal} [signal] @returns {Promise<any>} */
  async receipts(id, signal) {
    return (await this.#ask("GET", `${ROUTES.sent.detail}${id}/receipts/?limit=200`, { signal })).body;
  }

  /**
   * Any route, for the modules beside this one.
   *
   * @param {string} method
   * @param {string} path
   * @param {Options} [options]
   */
  ask(method, path, options) {
    return this.#ask(method, path, options);
  }

  /** @returns {Record<string, string>} */
  #ordered() {
    return this.#after ? { "Carillon-After": String(this.#after) } : {};
  }

  /** @param {Answer} answer @returns {User} */
  #welcome({ body }) {
    this.#http.csrfToken = body.csrf_token;
    this.user = body.user;
    return body.user;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Options} [options]
   */
  async #ask(method, path, options) {
    try {
      return await this.#http.request(method, path, options);
    } catch (error) {
      if (!(error instanceof CarillonError) || ![401, 403].includes(error.status)) throw error;
      if (!(await this.#renewed())) throw error;
      return this.#http.request(method, path, options);
    }
  }

  /**
   * After a refusal: true when the session stands and only its CSRF token was old. Nobody there,
   * or somebody else (signed in from another tab), ends what this page was doing.
   */
  async #renewed() {
    const [id, token] = [this.user?.id, this.#http.csrfToken];
    const now = await this.session();
    if (now?.id === id) return this.#http.csrfToken !== token;
    this.#onSignedOut();
    return false;
  }
}

/** A text that no other send has. `randomUUID` is missing where a page came over plain HTTP. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Query} query */
function search({ kinds = [], unread, ...rest }) {
  const query = new URLSearchParams(kinds.map((kind) => ["kind", kind]));
  if (unread) query.set("unread", "true");
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query;
}
