// @ts-check
/** What administrators ask of alerts: lists, and what was published to them. */

/** @typedef {import("./console.js").Console} Console */
/** @typedef {import("./console.js").Stretch} Stretch */

/**
 * @typedef {object} Published
 * @property {string} id
 * @property {"content_change" | "message"} kind
 * @property {string} title
 * @property {string} created_at
 * @property {string | null} matched_at
 * @property {string | null} processed_at
 * @property {number} lists how many it was matched with
 * @property {number | null} emails how many were made; null before that begins, and when it is long ago
 */

/**
 * @typedef {object} Coming a digest that is not made yet
 * @property {"daily" | "weekly"} range
 * @property {string} starts_at
 * @property {string} until what came by then is counted
 * @property {string} due_at
 * @property {number} contents at most 1,000
 */

/** @param {Console} admin @param {string} q how a slug begins, also as in a title @param {string} [after] @returns {Promise<Stretch>} */
export async function alertLists(admin, q, after) {
  const { lists, next } = await admin.get("/alerts/lists/", { q, cursor: after });
  return { items: lists, next };
}

/** @param {Console} admin @param {string} slug */
export async function alertList(admin, slug) {
  return (await admin.get(`/subscriber-lists/${encodeURIComponent(slug)}`)).subscriber_list;
}

/** The newest first. @param {Console} admin @param {string} [after] @returns {Promise<Stretch & {items: Published[]}>} */
export async function publishedContents(admin, after) {
  const { contents, next } = await admin.get("/alerts/contents/", { cursor: after });
  return { items: contents, next };
}

/** @param {Console} admin @param {object} change @param {string} key */
export function publishChange(admin, change, key) {
  return admin.write("POST", "/content-changes", change, key);
}

/** The newest e-mails that the catcher keeps. @param {Console} admin @param {string} to an address @returns {Promise<Stretch>} */
export async function caughtMails(admin, to) {
  return { items: (await admin.get("/mail/", { to })).mails, next: null };
}

/** @param {Console} admin @param {string} id */
export function caughtMail(admin, id) {
  return admin.get(`/mail/${id}/`);
}

/** One, with how many of its e-mails are where. @param {Console} admin @param {string} id @returns {Promise<Published & {by_state: {pending: number, sent: number, failed: number}}>} */
export function publishedContent(admin, id) {
  return admin.get(`/alerts/contents/${encodeURIComponent(id)}/`);
}

/** Digests that were made, the newest first, and what the next ones will tell. @param {Console} admin @param {string} [after] @returns {Promise<Stretch & {coming: Coming[]}>} */
export async function readDigests(admin, after) {
  const { digests, coming, next } = await admin.get("/alerts/digests/", { cursor: after });
  return { items: digests, coming, next };
}

/** Makes a digest now of what came by `until`. @param {Console} admin @param {Coming} coming */
export function makeDigest(admin, { range, starts_at: start, until }) {
  return admin.write("POST", "/alerts/digests/", { range, starts_at: start, ends_at: until });
}
