// @ts-check
/** Changing something that others may be changing, too. */

import { CarillonError } from "../carillon.js";
import { t } from "../page/texts.js";

/**
 * Only what was changed, so that nothing else is set back; throws, by field, where somebody else
 * changed the same meanwhile.
 *
 * @param {Record<string, any>} before as the form began
 * @param {Record<string, any>} after as it was filled in
 * @param {() => Promise<Record<string, any>>} readNow the same fields as they are kept now
 * @returns {Promise<Record<string, any>>}
 */
export async function changesOf(before, after, readNow) {
  const names = Object.keys(after).filter((name) => isOther(before[name], after[name]));
  const now = names.length ? await readNow() : {};
  const overtaken = names.filter((name) => isOther(before[name], now[name]) && isOther(after[name], now[name]));
  if (overtaken.length) throw new CarillonError(409, Object.fromEntries(overtaken.map((name) => [name, [t("form.overtaken")]])));
  return Object.fromEntries(names.map((name) => [name, after[name]]));
}

/** @param {any} one @param {any} other */
function isOther(one, other) {
  return JSON.stringify(one ?? null) !== JSON.stringify(other ?? null);
}
