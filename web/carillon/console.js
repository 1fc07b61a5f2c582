// @ts-check
/** What administrators ask: accounts, credentials, connections and what was done, as functions. */

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Query */

/**
 * @typedef {object} Stretch a part of a list
 * @property {any[]} items
 * @property {string | number | null} next what to give as `after` to get what comes then; null at the end
 */

const PAGE = 50;

export class Console {
  #client;

  /** @param {Carillon} client signed in */
  constructor(client) {
    this.#client = client;
  }

  // Accounts

  /** @param {{q?: string}} query @param {number} [after] */
  users(query, after) {
    return this.window("/accounts/users/", query, after);
  }

  /** @param {number} id */
  user(id) {
    return this.get(`/accounts/users/${id}/`);
  }

  /** @param {object} given @param {string} key */
  makeUser(given, key) {
    return this.write("POST", "/accounts/users/", given, key);
  }

  /** @param {number} id @param {object} given */
  changeUser(id, given) {
    return this.write("PATCH", `/accounts/users/${id}/`, given);
  }

  /** @param {number} id */
  deleteUser(id) {
    return this.write("DELETE", `/accounts/users/${id}/`);
  }

  /** Ends the account and forgets the person everywhere. @param {number} id */
  eraseUser(id) {
    return this.write("POST", `/accounts/users/${id}/erase/`, {});
  }

  /** @param {number} id @param {string} [password] without one the server makes one @returns {Promise<{password: string | null}>} */
  setPassword(id, password) {
    return this.write("POST", `/accounts/users/${id}/password/`, password ? { password } : {});
  }

  /** Where all that is kept of somebody is to be had. @param {number} id */
  exportAddress(id) {
    return `/accounts/users/${id}/export/`;
  }

  /** @param {{q?: string}} query @param {number} [after] */
  groups(query, after) {
    return this.window("/accounts/groups/", query, after);
  }

  /** @param {number} id */
  group(id) {
    return this.get(`/accounts/groups/${id}/`);
  }

  /** @param {object} given @param {string} key */
  makeGroup(given, key) {
    return this.write("POST", "/accounts/groups/", given, key);
  }

  /** @param {number} id @param {object} given */
  changeGroup(id, given) {
    return this.write("PATCH", `/accounts/groups/${id}/`, given);
  }

  /** Its members leave; refused while something that is still to be sent is for it. @param {number} id */
  deleteGroup(id) {
    return this.write("DELETE", `/accounts/groups/${id}/`);
  }

  /** @param {number} id @param {number} [after] */
  members(id, after) {
    return this.window(`/accounts/groups/${id}/members/`, {}, after);
  }

  /** @param {number} group @param {number} user */
  join(group, user) {
    return this.write("PUT", `/accounts/groups/${group}/members/${user}/`);
  }

  /** @param {number} group @param {number} user */
  leave(group, user) {
    return this.write("DELETE", `/accounts/groups/${group}/members/${user}/`);
  }

  // What opens the door

  /** @param {{q?: string, user?: number}} query @param {number} [after] */
  tokens(query, after) {
    return this.window("/accounts/tokens/", query, after);
  }

  /** @param {number} user @param {string} name @param {string} key at least 16 random characters @returns {Promise<{token: string}>} */
  makeToken(user, name, key) {
    return this.write("POST", "/accounts/tokens/", { user, name: name || null }, key);
  }

  /** @param {string} id */
  endToken(id) {
    return this.write("DELETE", `/accounts/tokens/${id}/`);
  }

  /** @param {{q?: string, user?: number}} query @param {number} [after] */
  sessions(query, after) {
    return this.window("/accounts/sessions/", query, after);
  }

  /** @param {string} id */
  endSession(id) {
    return this.write("DELETE", `/accounts/sessions/${id}/`);
  }

  /** @param {{user?: number}} query @param {string} [after] @returns {Promise<Stretch & {total: number}>} */
  async connections(query, after) {
    const body = await this.get("/live/connections/", { ...query, limit: PAGE, cursor: after });
    return { items: body.connections, next: body.next, total: body.total };
  }

  /** @param {string} id */
  endConnection(id) {
    return this.write("DELETE", `/live/connections/${id}/`);
  }

  /** What administrators did, the newest first. @param {string} [after] @returns {Promise<Stretch>} */
  async audit(after) {
    const body = await this.get("/audit/", { limit: PAGE, cursor: after });
    return { items: body.entries, next: body.next };
  }

  // What happened

  /** With a stretch of its recipients. @param {"message" | "notice"} kind @param {number} id @param {string} [after] */
  trace(kind, id, after) {
    return this.get(`/live/trace/${id}`, { kind, cursor: after });
  }

  // How it is asked

  /**
   * @param {string} path
   * @param {Query} [query] what is undefined, null or empty is left out
   */
  async get(path, query = {}) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return (await this.#client.ask("GET", text ? `${path}?${text}` : path)).body;
  }

  /**
   * A list that is answered by limit and offset.
   *
   * @param {string} path
   * @param {Query} query
   * @param {number} [after] how many were read
   * @returns {Promise<Stretch & {count: number}>}
   */
  async window(path, query, after = 0) {
    const body = await this.get(path, { ...query, limit: PAGE, offset: after || undefined });
    return { items: body.results, next: body.next ? after + body.results.length : null, count: body.count };
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {string} [key] the same one when the same is asked again: it is then done once
   */
  async write(method, path, body, key) {
    const headers = key ? { "Idempotency-Key": key } : undefined;
    return (await this.#client.ask(method, path, { body, headers })).body;
  }

  /** Sends something. @param {string} path @param {object} body @param {string} key as in `write` @returns {Promise<number | null>} the number of its trace; null while it is still to leave */
  async send(path, body, key) {
    const { headers } = await this.#client.ask("POST", path, { body, headers: { "Idempotency-Key": key } });
    return Number(headers.get("Carillon-Id")) || null;
  }
}
