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

  // Schedules

  /** @param {number} [after] */
  schedules(after) {
    return this.window("/api/v1/schedule/", {}, after);
  }

  /** @param {number} id */
  schedule(id) {
    return this.get(`/api/v1/schedule/${id}/`);
  }

  /** @param {object} given */
  makeSchedule(given) {
    return this.write("POST", "/api/v1/schedule/", given);
  }

  /** @param {number} id @param {object} given */
  changeSchedule(id, given) {
    return this.write("PATCH", `/api/v1/schedule/${id}/`, given);
  }

  /** @param {number} id */
  deleteSchedule(id) {
    return this.write("DELETE", `/api/v1/schedule/${id}/`);
  }

  /** Fires once now, beside all that is due. @param {number} id @param {string} key */
  fireSchedule(id, key) {
    return this.write("POST", `/api/v1/schedule/${id}/send/`, {}, key);
  }

  /** When something so defined would be due. @param {object} given @returns {Promise<any[]>} */
  async simulate(given) {
    return (await this.write("POST", "/api/v1/schedule/simulate/", given)).results;
  }

  /** What failed for good, the newest first. @param {number} [after] */
  failures(after) {
    return this.window("/api/v1/failed-tasks/", {}, after);
  }

  /** Begins all that failed anew. */
  requeue() {
    return this.write("POST", "/api/v1/failed-tasks/", {});
  }

  // Broadcasts

  /** What was told to everyone or to groups, the newest first. @param {string} [after] @returns {Promise<Stretch>} */
  async broadcasts(after) {
    const body = await this.get("/broadcasts/", { limit: 10, cursor: after });
    return { items: body.broadcasts, next: body.next };
  }

  /** How many accounts a notice would be for. @param {number[]} groups none: everyone @returns {Promise<number>} */
  async reach(groups) {
    const query = groups.map((group) => `group=${group}`).join("&");
    return (await this.get(`/broadcasts/audience${query && `?${query}`}`)).users;
  }

  /** @param {object} notice @param {string} key */
  broadcast(notice, key) {
    return this.write("POST", "/notices/send/", notice, key);
  }

  /** How far a notice to an audience came. @param {number} id @returns {Promise<{counts: {members: number, pushed: number, acknowledged: number, read: number}}>} */
  readers(id) {
    return this.get(`/notices/sent/${id}/receipts/`);
  }

  /** What is to leave later, everybody's. @returns {Promise<Stretch>} */
  async scheduled() {
    return { items: await this.get("/scheduled/"), next: null };
  }

  /** @param {number} id */
  cancelScheduled(id) {
    return this.write("DELETE", `/scheduled/${id}/`);
  }

  // Announcements

  /** @returns {Promise<Stretch>} */
  async announcements() {
    return { items: await this.get("/api/v1/message", { names: "current" }), next: null };
  }

  /** @param {number} id */
  async announcement(id) {
    return (await this.get(`/api/v1/message/${id}`, { names: "current" }))[0];
  }

  /** @param {any} element with an id: that one is changed @param {string} key */
  async saveAnnouncement(element, key) {
    const [verb, given] = element.message._id ? ["POST", undefined] : ["PUT", key];
    return (await this.write(verb, "/api/v1/message", [element], given))[0];
  }

  /** @param {number} id */
  deleteAnnouncement(id) {
    return this.write("DELETE", `/api/v1/message/${id}`);
  }

  /** How many see it, and how many have confirmed. @param {number} id */
  announcementReach(id) {
    return this.get(`/announcements/${id}/audience`);
  }

  /** It as somebody of a language, in these groups, sees it. @param {number} id @param {string} language @param {number[]} groups */
  announcementLook(id, language, groups) {
    const query = [`language=${language}`, ...groups.map((group) => `group=${group}`)].join("&");
    return this.get(`/announcements/${id}/preview?${query}`);
  }

  // What happened

  /** @param {"message" | "notice"} kind @param {number} id */
  trace(kind, id) {
    return this.get(`/live/trace/${id}`, { kind });
  }

  /** The newest e-mails that the catcher keeps. @param {string} to an address @returns {Promise<Stretch>} */
  async mails(to) {
    return { items: (await this.get("/mail/", { to })).mails, next: null };
  }

  /** @param {string} id */
  mail(id) {
    return this.get(`/mail/${id}/`);
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
}
