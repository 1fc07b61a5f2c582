// @ts-check
/** People found by their names in a form of the console, as in the inbox. */

import "../components/people-picker.js";
import { find } from "../page/dom.js";
import { t } from "../page/texts.js";

/** @typedef {import("../components/people-picker.js").PeoplePicker} PeoplePicker */

/**
 * @param {string} id of its field, which a label names
 * @param {string} label
 * @param {import("../carillon.js").Carillon} client
 * @returns {PeoplePicker}
 */
export function peopleField(id, label, client) {
  const template = /** @type {HTMLTemplateElement} */ (find(document, "#people-field"));
  const picker = /** @type {PeoplePicker} */ (document.importNode(template.content, true).firstElementChild);
  const [input, options] = [find(picker, "input"), find(picker, ".options")];
  input.id = id;
  options.id = `${id}-options`;
  input.setAttribute("aria-controls", options.id);
  input.setAttribute("placeholder", t("compose.type"));
  options.setAttribute("aria-label", label);
  find(picker, ".chips").setAttribute("aria-label", t("compose.chosen"));
  picker.search = (name, options) => client.people(name, options);
  return picker;
}
