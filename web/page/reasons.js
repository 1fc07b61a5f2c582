// @ts-check
/** What went wrong, in the reader's language: what the server says where it is known, else what its status means. */

import { CarillonError } from "../carillon.js";
import { spoken, t } from "./texts.js";

/** What the server says, with `{}` for a number, and the text that says so. @type {Record<string, string>} */
const SAYINGS = {
  "Ensure this field has no more than {} characters.": "said.too-long",
  "Ensure this time differs from the one in from.": "said.same-hours",
  "Enter a valid language tag, for example de or pt-BR.": "said.language",
  "Enter a valid time zone, for example Europe/Berlin.": "said.time-zone",
  "It had expired before it could leave.": "said.expired",
  "It is used by scheduled send {}.": "said.for-it",
  "It is leaving, or has left.": "said.leaving",
  "It was changed at the same moment. Look at it again.": "said.overtaken",
  "Its sender may not send it any more.": "said.not-allowed",
  "No valid recipients.": "said.nobody",
  "None of its recipients has an account any more.": "said.nobody-left",
  "Time has wrong format. Use one of these formats instead: hh:mm.": "said.time",
  "This field is required.": "said.required",
  "This field may not be blank.": "said.required",
  "This instant is past.": "said.past",
  "This local time is past in every time zone.": "said.past",
};

/** Statuses whose meaning is said without the server's own words. */
const MEANINGS = new Set([0, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504]);

/** What went wrong, as a sentence. @param {unknown} error */
export function reasonOf(error) {
  if (!(error instanceof CarillonError)) return error instanceof Error ? error.message : String(error);
  const said = saying(error.message);
  if (said || !MEANINGS.has(error.status)) return said ?? error.message;
  return error.status !== 0 && spoken() === "en" ? error.message : t(`wrong.${error.status}`);
}

/** One sentence of the server, as about a field; as it is where it is not known. @param {string} sentence */
export function inWords(sentence) {
  return saying(sentence) ?? sentence;
}

/** @param {string} sentence @returns {string | null} */
function saying(sentence) {
  const [number] = /\d+/.exec(sentence) ?? [];
  const name = SAYINGS[number ? sentence.replace(number, "{}") : sentence];
  return name ? t(name, number ? { count: Number(number), number } : {}) : null;
}
