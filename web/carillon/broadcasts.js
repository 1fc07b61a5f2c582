// @ts-check
/** What administrators ask of notices: for how many, to send one, how far it came, what waits. */

/** @typedef {import("./console.js").Console} Console */
/** @typedef {import("./console.js").Stretch} Stretch */

/** What was told to everyone or to groups, the newest first. @param {Console} admin @param {string} [after] @returns {Promise<Stretch>} */
export async function sentBroadcasts(admin, after) {
  const body = await admin.get("/broadcasts/", { limit: 10, cursor: after });
  return { items: body.broadcasts, next: body.next };
}

/** How many accounts a notice would be for. @param {Console} admin @param {number[]} groups none: everyone @returns {Promise<number>} */
export async function audienceSize(admin, groups) {
  const query = groups.map((group) => `group=${group}`).join("&");
  return (await admin.get(`/broadcasts/audience${query && `?${query}`}`)).users;
}

/** @param {Console} admin @param {object} notice @param {string} key */
export function sendBroadcast(admin, notice, key) {
  return admin.send("/notices/send/", notice, key);
}

/** How far a notice to an audience came. @param {Console} admin @param {number} id @returns {Promise<{counts: {members: number, pushed: number, acknowledged: number, read: number}}>} */
export function reachOf(admin, id) {
  return admin.get(`/notices/sent/${id}/receipts/`);
}

/** Who has read a notice to an audience, and when. @param {Console} admin @param {number} id @param {string} [after] @returns {Promise<Stretch>} */
export async function readersOf(admin, id, after) {
  const body = await admin.get(`/broadcasts/${id}/readers/`, { limit: 50, cursor: after });
  return { items: body.readers, next: body.next };
}

/** What is to leave later, everybody's. @param {Console} admin @returns {Promise<Stretch>} */
export async function waitingBroadcasts(admin) {
  return { items: await admin.get("/scheduled/"), next: null };
}

/** @param {Console} admin @param {number} id */
export function cancelWaiting(admin, id) {
  return admin.write("DELETE", `/scheduled/${id}/`);
}
