// @ts-check
/** People found by their names in a form of the console, as in the inbox. */

import "../components/people-picker.js";
import { find } from "../page/dom.js";
import { t } from "../page/texts.js";

/** @typedef {import("../components/people-picker.js").PeoplePicker} PeoplePicker */

/**
 * @param {string} id of its field, which a label names
 * @param {string} label
 * @param {PeoplePicker["search"]} search
 * @returns {PeoplePicker}
 */
export function peopleField(id, label, search) {
  const template = /** @type {HTMLTemplateElement} */ (find(document, "#people-field"));
  const picker = /** @type {PeoplePicker} */ (document.importNode(template.content, true).firstElementChild);
  const [input, options] = [find(picker, "input"), find(picker, ".options")];
  input.id = id;
  options.id = `${id}-options`;
  input.setAttribute("aria-controls", options.id);
  input.setAttribute("placeholder", t("compose.type"));
  options.setAttribute("aria-label", label);
  find(picker, ".chips").setAttribute("aria-label", t("compose.chosen"));
  picker.search = search;
  return picker;
}

/**
 * A form's field for accounts, also those that cannot be written to.
 *
 * @param {import("../carillon/console.js").Console} admin
 * @returns {import("./forms.js").Field & {people: PeoplePicker}}
 */
export function accountsField(admin) {
  const label = t("users.name");
  const people = peopleField("field-accounts", label, async (name) => (await admin.users({ q: name })).items);
  return { name: "accounts", label, people };
}

/** The same for one alone. @param {import("../carillon/console.js").Console} admin */
export function accountField(admin) {
  const field = accountsField(admin);
  field.people.toggleAttribute("one", true);
  return field;
}
