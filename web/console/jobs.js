// @ts-check
/** Jobs that failed for good: why, and beginning one anew. */

import { readDeadJobs, requeueJob } from "../carillon/jobs.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { confirmed } from "./forms.js";
import { Listing } from "./listing.js";
import { breakable, button, own, when } from "./parts.js";

/** @typedef {import("./tab.js").Desk} Desk */

/** @param {Desk} desk */
export function deadJobList(desk) {
  const listing = Listing.of({
    caption: t("jobs.title"),
    columns: [
      { label: t("jobs.id"), show: ({ id }) => h("code", {}, id) },
      { label: t("jobs.kind"), show: ({ kind }) => h("code", {}, ...breakable(kind)) },
      { label: t("failures.reason"), show: ({ error }) => own(error ?? "") },
      { label: t("jobs.due"), show: (job) => when(job.due_at) },
      { label: t("jobs.attempts"), isNumber: true, show: ({ attempts }) => String(attempts) },
    ],
    read: (after) => readDeadJobs(desk.admin, after),
    acts: (job) => [button(t("jobs.requeue"), () => requeue(desk, job).then((isDone) => isDone && listing.load()), { look: "small", about: job.id })],
    empty: t("jobs.none"),
  });
  return listing;
}

/** @param {Desk} desk @param {{id: string, kind: string}} job */
async function requeue({ admin, toasts }, { id, kind }) {
  const isDone = await confirmed({
    title: t("jobs.requeue-title"), note: t("jobs.requeue-note", { id, kind }), submit: t("jobs.requeue"),
    work: () => requeueJob(admin, id),
  });
  if (isDone) toasts.tell(t("jobs.begun"));
  return isDone;
}
