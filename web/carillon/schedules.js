// @ts-check
/** What administrators ask of schedules, and what failed of what they called. */

/** @typedef {import("./console.js").Console} Console */

/** @param {Console} admin @param {number} [after] */
export function readSchedules(admin, after) {
  return admin.window("/api/v1/schedule/", {}, after);
}

/** @param {Console} admin @param {number} id */
export function readSchedule(admin, id) {
  return admin.get(`/api/v1/schedule/${id}/`);
}

/** @param {Console} admin @param {object} given */
export function makeSchedule(admin, given) {
  return admin.write("POST", "/api/v1/schedule/", given);
}

/** @param {Console} admin @param {number} id @param {object} given */
export function changeSchedule(admin, id, given) {
  return admin.write("PATCH", `/api/v1/schedule/${id}/`, given);
}

/** @param {Console} admin @param {number} id */
export function deleteSchedule(admin, id) {
  return admin.write("DELETE", `/api/v1/schedule/${id}/`);
}

/** Fires once now, beside all that is due. @param {Console} admin @param {number} id @param {string} key */
export function fireSchedule(admin, id, key) {
  return admin.write("POST", `/api/v1/schedule/${id}/send/`, {}, key);
}

/** When something so defined would be due. @param {Console} admin @param {object} given @returns {Promise<any[]>} */
export async function simulate(admin, given) {
  return (await admin.write("POST", "/api/v1/schedule/simulate/", given)).results;
}

/** What failed for good, the newest first. @param {Console} admin @param {number} [after] */
export function readFailures(admin, after) {
  return admin.window("/api/v1/failed-tasks/", {}, after);
}

/** Begins all that failed anew. @param {Console} admin */
export function requeueFailures(admin) {
  return admin.write("POST", "/api/v1/failed-tasks/", {});
}
