// @ts-check
/** What administrators ask of jobs that failed for good. */

/** @typedef {import("./console.js").Console} Console */

/** The latest due first. @param {Console} admin @param {number} [after] */
export function readDeadJobs(admin, after) {
  return admin.window("/jobs/dead/", {}, after);
}

/** Begins one anew, with all its attempts before it. @param {Console} admin @param {string} id */
export function requeueJob(admin, id) {
  return admin.write("POST", `/jobs/${encodeURIComponent(id)}/requeue/`);
}
