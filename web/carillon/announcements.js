// @ts-check
/** What administrators ask of announcements. */

/** @typedef {import("./console.js").Console} Console */
/** @typedef {import("./console.js").Stretch} Stretch */

/** @param {Console} admin @returns {Promise<Stretch>} */
export async function readAnnouncements(admin) {
  return { items: await admin.get("/api/v1/message", { names: "current" }), next: null };
}

/** @param {Console} admin @param {number} id */
export async function readAnnouncement(admin, id) {
  return (await admin.get(`/api/v1/message/${id}`, { names: "current" }))[0];
}

/** @param {Console} admin @param {any} element with an id: that one is changed @param {string} key */
export async function saveAnnouncement(admin, element, key) {
  const [verb, given] = element.message._id ? ["POST", undefined] : ["PUT", key];
  return (await admin.write(verb, "/api/v1/message", [element], given))[0];
}

/** @param {Console} admin @param {number} id */
export function deleteAnnouncement(admin, id) {
  return admin.write("DELETE", `/api/v1/message/${id}`);
}

/** What announcements are written in, the usual one first. @param {Console} admin @returns {Promise<string[]>} */
export async function announcementLanguages(admin) {
  return (await admin.get("/announcements/languages")).languages;
}

/** How many see it, and how many have confirmed. @param {Console} admin @param {number} id */
export function announcementReach(admin, id) {
  return admin.get(`/announcements/${id}/audience`);
}

/** It as somebody of a language, in these groups, sees it. @param {Console} admin @param {number} id @param {string} language @param {number[]} groups */
export function announcementLook(admin, id, language, groups) {
  const query = [`language=${language}`, ...groups.map((group) => `group=${group}`)].join("&");
  return admin.get(`/announcements/${id}/preview?${query}`);
}

/** A text that is being written, as its readers will see it: HTML without what could do harm. @param {Console} admin @param {string} message @returns {Promise<string>} */
export async function announcementText(admin, message) {
  return (await admin.write("POST", "/announcements/preview", { message })).content;
}
