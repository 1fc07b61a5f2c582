// @ts-check
/** What administrators ask of stages: sets, their messages, and who stands where. */

/** @typedef {import("./console.js").Console} Console */

/**
 * @typedef {object} Message as its set shows it
 * @property {number} id
 * @property {number} sequence_number
 * @property {string} lang
 * @property {string | null} text_content
 * @property {{id: number, content: string} | null} binary_content
 */

/**
 * @typedef {object} Funnel
 * @property {{next_sequence_number: number, subscriptions: number, held: number}[]} steps those on their way
 * @property {number} completed
 * @property {number} stopped
 */

/** @param {Console} admin @param {string} name a whole one; empty: all @param {number} [after] */
export function messageSets(admin, name, after) {
  return admin.window("/api/v1/messageset/", { short_name: name }, after);
}

/** The languages of every set, by its number. @param {Console} admin @returns {Promise<Record<string, string[]>>} */
export function setLanguages(admin) {
  return admin.get("/api/v1/messageset_languages/");
}

/** A set with all its messages, by their number. @param {Console} admin @param {number} id @returns {Promise<{messages: Message[]} & Record<string, any>>} */
export function messageSet(admin, id) {
  return admin.get(`/api/v1/messageset/${id}/messages/`);
}

/** @param {Console} admin @param {number} id @returns {Promise<Funnel>} */
export function funnel(admin, id) {
  return admin.get(`/stages/sets/${id}/funnel/`);
}

/** @param {Console} admin @param {object} message @param {string} key */
export function makeMessage(admin, message, key) {
  return admin.write("POST", "/api/v1/message/", message, key);
}

/** @param {Console} admin @param {number} id @param {object} changes */
export function changeMessage(admin, id, changes) {
  return admin.write("PATCH", `/api/v1/message/${id}/`, changes);
}

/** Stores a file that messages may carry. @param {Console} admin @param {File} file @returns {Promise<{id: number, content: string}>} */
export function storeFile(admin, file) {
  const form = new FormData();
  form.append("content", file);
  return admin.write("POST", "/api/v1/binarycontent/", form);
}
