// @ts-check
/** Messages of a set in a file, CSV or JSON, and what would change if they were the set's. */

import { CarillonError } from "../carillon.js";
import { t } from "../page/texts.js";

/** @typedef {import("../carillon/stages.js").Message} Message */

/**
 * @typedef {object} Given a message of a file; what it does not name stays as it is
 * @property {number} sequence_number
 * @property {string} lang
 * @property {string} [text_content]
 * @property {number} [binary_content] the number of a file
 */

/**
 * @typedef {object} Difference
 * @property {Given} given
 * @property {Message | null} present null: it is new
 */

const NAMES = ["sequence_number", "lang", "text_content", "binary_content"];

/**
 * The messages of a file. Throws with the line, or the place in the list, that cannot be read.
 *
 * @param {string} text
 * @returns {Given[]}
 */
export function readMessages(text) {
  const plain = text.replace(/^\ufeff/, "").trim();
  const items = /^[[{]/.test(plain) ? fromJson(plain) : fromCsv(plain);
  if (!items.length) throw wrong(t("stages.empty-file"));
  const messages = items.map((item, index) => message(item, index + 1));
  const places = messages.map(placeOf);
  const twice = places.find((place, index) => places.indexOf(place) !== index);
  if (twice) throw wrong(t("stages.twice", { place: twice }));
  return messages;
}

/**
 * What would be made or changed, how many stay because they are the same, and how many because the
 * file does not name them.
 *
 * @param {Message[]} present
 * @param {Given[]} messages
 * @returns {{differences: Difference[], same: number, others: number}}
 */
export function compare(present, messages) {
  const known = new Map(present.map((one) => [placeOf(one), one]));
  const pairs = messages.map((given) => ({ given, present: known.get(placeOf(given)) ?? null }));
  const differences = pairs.filter((pair) => pair.present === null || differs(pair.given, pair.present));
  const named = pairs.filter((pair) => pair.present).length;
  return { differences, same: pairs.length - differences.length, others: present.length - named };
}

/** @param {{sequence_number: number, lang: string}} message */
export function placeOf({ sequence_number: number, lang }) {
  return `${number} · ${lang}`;
}

/** @param {Given} given @param {Message} present */
function differs({ text_content: text, binary_content: file }, present) {
  const isOtherText = text !== undefined && text !== (present.text_content ?? "");
  return isOtherText || (file !== undefined && file !== present.binary_content?.id);
}

/** @param {string} text @returns {any[]} */
function fromJson(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw wrong(t("schedules.not-json"));
  }
  const items = Array.isArray(found) ? found : found.messages;
  if (!Array.isArray(items)) throw wrong(t("stages.no-messages"));
  return items;
}

/** Separated by what its head is separated by: commas, semicolons or tabs. @param {string} text @returns {Record<string, string>[]} */
function fromCsv(text) {
  const head = text.split(/\r?\n/, 1)[0];
  const separator = [";", "\t"].find((one) => head.includes(one)) ?? ",";
  const [names = [], ...rows] = cells(text, separator);
  const columns = names.map((name) => name.trim().toLowerCase());
  const missing = NAMES.slice(0, 2).find((name) => !columns.includes(name));
  if (missing) throw wrong(t("stages.no-column", { name: missing }));
  return rows.filter((row) => row.some((cell) => cell.trim()))
    .map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index] ?? ""])));
}

/** @param {string} text @param {string} separator one character @returns {string[][]} */
function cells(text, separator) {
  const cell = new RegExp(`("(?:[^"]|"")*"|(?!")[^${separator}\\r\\n]*)(${separator}|\\r?\\n|$)`, "y");
  /** @type {string[][]} */
  const rows = [[]];
  for (;;) {
    const found = cell.exec(text);
    if (!found) throw wrong(t("stages.bad-line", { line: rows.length }));
    const [, content, end] = found;
    rows[rows.length - 1].push(content.startsWith('"') ? content.slice(1, -1).replaceAll('""', '"') : content);
    if (end === "") return rows;
    if (end !== separator) rows.push([]);
  }
}

/** @param {any} item @param {number} at @returns {Given} */
function message(item, at) {
  const { sequence_number: number, lang, text_content: text, binary_content: binary } = item ?? {};
  const file = binary?.id ?? binary;
  const hasFile = file !== undefined && file !== null && file !== "";
  const numbers = [number, ...(hasFile ? [file] : [])];
  const isWhole = numbers.every((one) => /^\d{1,9}$/.test(String(one ?? "").trim()));
  if (!isWhole || !String(lang ?? "").trim()) throw wrong(t("stages.bad-message", { at }));
  return {
    sequence_number: Number(number), lang: String(lang).trim(),
    ...(text === undefined || text === null ? {} : { text_content: String(text).trim() }),
    ...(hasFile ? { binary_content: Number(file) } : {}),
  };
}

/** @param {string} problem said beside the field of the file */
function wrong(problem) {
  return new CarillonError(400, { file: problem });
}
