// @ts-check
/** What one did without a network, kept until it can be done: letters and changes that wait, by their errand. */

import { CarillonError, newKey } from "../carillon.js";
import { prefer } from "../carillon/preferences.js";

/** @typedef {import("../carillon.js").Carillon} Carillon */
/** @typedef {import("./keepsakes.js").Kept} Kept */
/** @typedef {import("../carillon.js").ItemName} ItemName */
/** @typedef {import("../carillon/writes.js").OnProgress} OnProgress */
/** @typedef {import("./keepsakes.js").Change & {items: ItemName[]}} Deed what is done with items */
/** @typedef {"send" | "reschedule" | "confirm" | "prefer" | "mark" | "delete"} Errand */

/** Each may be done again: with the same key, or because it sets what is set already. @type {Record<Errand, (client: Carillon, kept: any, onProgress?: OnProgress) => Promise<any>>} */
const DEEDS = {
  send: (client, letter) => client.send(letter),
  reschedule: (client, letter) => client.reschedule(letter.id, letter),
  confirm: (client, { items }) => client.confirm(items),
  prefer: (client, { given }) => prefer(client, given),
  mark: (client, { items, isRead }, onProgress) => (isRead ? client.markRead(items, onProgress) : client.markUnread(items, onProgress)),
  delete: (client, { items }, onProgress) => client.delete(items, onProgress),
};

/** @param {Carillon} client @param {Kept} kept @param {OnProgress} [onProgress] */
export function perform(client, kept, onProgress) {
  return DEEDS[kept.errand ?? "send"](client, kept, onProgress);
}

/** @param {ItemName[]} items received ones @param {boolean} isRead @returns {Deed} */
export function markOf(items, isRead) {
  return { errand: "mark", key: newKey(), items: items.map(nameOf), isRead };
}

/** @param {ItemName[]} items @returns {Deed} */
export function removalOf(items) {
  return { errand: "delete", key: newKey(), items: items.map(nameOf) };
}

/** What makes a letter an edit of something that leaves later; the last edit is the one that counts. @param {number} id @returns {{errand: "reschedule", id: number, key: string}} */
export function changeOf(id) {
  return { errand: "reschedule", id, key: `reschedule-${id}` };
}

/** Whether it is a text that its writer would miss. @param {Kept} kept */
export function isLetter({ errand = "send" }) {
  return errand === "send" || errand === "reschedule";
}

/** @param {unknown} error */
export function isUnreachable(error) {
  return error instanceof CarillonError && error.status === 0;
}

/**
 * Asks whoever keeps such things, by the event `kept`.
 *
 * @param {Element} element on which it was done
 * @param {Kept} kept
 * @returns {boolean} false when nobody keeps it
 */
export function putBy(element, kept) {
  return !element.dispatchEvent(new CustomEvent("kept", { detail: kept, cancelable: true }));
}

/** @param {ItemName} item */
function nameOf({ kind, id }) {
  return { kind, id };
}
