// @ts-check
/** What the console says of announcements in German. */

/** @type {import("../page/texts.js").Texts} */
export default {
  "announcements.all": "Alle Ankündigungen",
  "announcements.confirmed": "{confirmed} von {users} haben bestätigt",
  "announcements.date-hint": "Etwa 2027-03-01. Leer: sofort, und auf Dauer.",
  "announcements.delete": "Diese Ankündigung löschen?",
  "announcements.delete-note": "Sie verschwindet bei allen, die sie sehen.",
  "announcements.edit": "Ankündigung bearbeiten",
  "announcements.for": "Wer sie sieht",
  "announcements.force": "In Kraft",
  "announcements.from": "Von",
  "announcements.look": "Wie sie zu sehen ist",
  "announcements.new": "Neue Ankündigung",
  "announcements.nobody": "niemand",
  "announcements.none": "Es gibt keine Ankündigungen.",
  "announcements.note": "HTML ist im Text erlaubt; was schaden könnte, wird entfernt.",
  "announcements.overtaken": "Jemand anderes hat sie inzwischen geändert. Was du geschrieben hast, steht noch hier; öffne sie neu, um zu sehen, wie sie jetzt ist.",
  "announcements.reach": "Leserinnen und Leser",
  "announcements.saved": "Sie ist gespeichert.",
  "announcements.text-confirmation": "Bestätigung",
  "announcements.text-message": "Text",
  "announcements.text-title": "Titel",
  "announcements.title": "Titel",
  "announcements.unseen": "gerade nicht gezeigt",
  "announcements.until": "Bis",
};
