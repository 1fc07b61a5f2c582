// @ts-check
/** A content change that is published, to a list or to whomever its tags and links reach. */

import { publishChange } from "../carillon/alerts.js";
import { CarillonError, newKey } from "../carillon.js";
import { t } from "../page/texts.js";
import { openForm } from "./forms.js";

/** @typedef {import("./tab.js").Desk} Desk */

const SIDES = ["tags", "links"];
const TYPES = ["document_type", "email_document_supertype", "government_document_supertype"];

/**
 * What a list asks of a content, as words.
 *
 * @param {any} list
 * @returns {string[]} none: it gets everything
 */
export function criteria(list) {
  const sides = SIDES.flatMap((side) => Object.entries(list[side] ?? {}).flatMap(([key, values]) =>
    Object.entries(values).map(([operator, words]) => `${key} · ${t(`alerts.operator-${operator}`)}: ${words.join(", ")}`)));
  const plain = [...TYPES, "content_id"].filter((name) => list[name]).map((name) => `${name}: ${list[name]}`);
  return [...sides, ...plain];
}

/** What a content must have to reach a list. @param {Record<string, Record<string, string[]>>} [side] */
function fitting(side = {}) {
  return Object.fromEntries(Object.entries(side).map(([key, values]) => [key, [...new Set(Object.values(values).flat())]]));
}

/**
 * Asks for the change, publishes it, and shows how far it is.
 *
 * @param {Desk} desk
 * @param {any} list whose criteria the form begins with; an empty object: none
 */
export async function publish(desk, list) {
  const key = newKey();
  const isDone = await openForm({
    title: list.title ? t("alerts.publish-title", { title: list.title }) : t("alerts.publish"),
    note: t("alerts.publish-note"),
    fields: fields(list),
    submit: t("alerts.publish"),
    work: async (values) => {
      await publishChange(desk.admin, { ...fixed(list), ...given(values) }, key);
      return true;
    },
  });
  if (!isDone) return;
  desk.toasts.tell(t("alerts.is-published"));
  if (location.hash === "#/alerts/published") dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = "#/alerts/published";
}

/** @param {any} list @returns {import("./forms.js").Field[]} */
function fields(list) {
  const sides = SIDES.map((side) => /** @type {import("./forms.js").Field} */ ({
    name: side, label: t(`alerts.${side}`), type: "textarea", value: JSON.stringify(fitting(list[side])), hint: t("alerts.values-hint"),
  }));
  return [
    { name: "title", label: t("alerts.title"), isRequired: true },
    { name: "base_path", label: t("alerts.path"), value: list.url ?? "", hint: t("alerts.path-hint"), isRequired: true },
    { name: "change_note", label: t("alerts.note"), type: "textarea", isRequired: true },
    { name: "description", label: t("alerts.description") },
    { name: "document_type", label: t("alerts.type"), value: list.document_type },
    ...sides,
    { name: "priority", label: t("alerts.priority"), type: "select", value: "normal", options: [["normal", t("alerts.normal")], ["high", t("alerts.high")]] },
  ];
}

/** What the list asks for that the form does not show. @param {any} list */
function fixed(list) {
  const names = ["content_id", ...TYPES].filter((name) => list[name]);
  return { publishing_app: "carillon", ...Object.fromEntries(names.map((name) => [name, list[name]])) };
}

/** A form's values, as the server takes them: an empty type is none. @param {Record<string, any>} values */
function given({ tags, links, document_type: type, ...values }) {
  return { ...values, ...(type ? { document_type: type } : {}), tags: read("tags", tags), links: read("links", links) };
}

/** @param {string} name @param {string} text */
function read(name, text) {
  try {
    return JSON.parse(text.trim() || "{}");
  } catch {
    throw new CarillonError(400, { [name]: t("schedules.not-json") });
  }
}
