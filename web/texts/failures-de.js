// @ts-check
/** What the console says of what failed in German. */

/** @type {import("../page/texts.js").Texts} */
export default {
  "failures.begun": "Was gescheitert war, beginnt von neuem.",
  "failures.none": "Nichts ist gescheitert.",
  "failures.note": "Alles in dieser Liste beginnt von neuem, außer bei angehaltenen Zeitplänen.",
  "failures.reason": "Grund",
  "failures.requeue": "Alle neu beginnen",
  "failures.since": "Begonnen",
  "failures.task": "Auftrag",
  "jobs.attempts": "Versuche",
  "jobs.begun": "Der Auftrag beginnt von neuem.",
  "jobs.due": "War fällig",
  "jobs.id": "Auftrag",
  "jobs.kind": "Art",
  "jobs.none": "Kein Auftrag ist endgültig gescheitert.",
  "jobs.requeue": "Neu beginnen",
  "jobs.requeue-note": "{id} ({kind}) wird jetzt versucht und hat wieder alle Versuche.",
  "jobs.requeue-title": "Diesen Auftrag neu beginnen?",
  "jobs.title": "Endgültig gescheiterte Aufträge",
};
