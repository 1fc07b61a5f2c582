// @ts-check
/** What the console says of what failed in English. */

/** @type {import("../page/texts.js").Texts} */
export default {
  "failures.begun": "What failed is begun anew.",
  "failures.none": "Nothing has failed.",
  "failures.note": "Everything in this list is begun anew, except what belongs to paused schedules.",
  "failures.reason": "Reason",
  "failures.requeue": "Begin all anew",
  "failures.since": "Begun",
  "failures.task": "Task",
  "jobs.attempts": "Attempts",
  "jobs.begun": "The job is begun anew.",
  "jobs.due": "Was due",
  "jobs.id": "Job",
  "jobs.kind": "Kind",
  "jobs.none": "No job has failed for good.",
  "jobs.requeue": "Begin anew",
  "jobs.requeue-note": "{id} ({kind}) is tried now, with all its attempts before it.",
  "jobs.requeue-title": "Begin this job anew?",
  "jobs.title": "Jobs that failed for good",
};
