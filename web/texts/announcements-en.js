// @ts-check
/** What the console says of announcements in English. */

/** @type {import("../page/texts.js").Texts} */
export default {
  "announcements.all": "All announcements",
  "announcements.confirmed": "{confirmed} of {users} have confirmed",
  "announcements.date-hint": "Such as 2027-03-01. Empty: at once, and for good.",
  "announcements.delete": "Delete this announcement?",
  "announcements.delete-note": "It goes from everybody who sees it.",
  "announcements.edit": "Edit the announcement",
  "announcements.for": "Who sees it",
  "announcements.force": "In force",
  "announcements.from": "From",
  "announcements.look": "As its readers see it",
  "announcements.new": "New announcement",
  "announcements.nobody": "nobody",
  "announcements.none": "There are no announcements.",
  "announcements.note": "HTML is allowed in the text; what could do harm is taken out.",
  "announcements.overtaken": "Somebody else changed it meanwhile. What you wrote is still here; open it anew to see how it is now.",
  "announcements.reach": "Readers",
  "announcements.saved": "It is saved.",
  "announcements.text-confirmation": "Confirmation",
  "announcements.text-message": "Text",
  "announcements.text-title": "Title",
  "announcements.title": "Title",
  "announcements.unseen": "not shown now",
  "announcements.until": "Until",
};
