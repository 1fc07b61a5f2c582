// @ts-check
/** A file for a message of a set: stored, and carried by the message at its place. */

import { CarillonError, newKey } from "../carillon.js";
import { changeMessage, makeMessage, messageSet, storeFile } from "../carillon/stages.js";
import { t } from "../page/texts.js";
import { openForm } from "./forms.js";
import { placeOf } from "./message-files.js";

/** @typedef {import("./tab.js").Desk} Desk */

/**
 * @param {Desk} desk
 * @param {number} id of the set
 * @param {string[]} languages that it has
 * @returns {Promise<boolean>} whether a message has it now
 */
export async function attach(desk, id, languages) {
  const key = newKey();
  /** What is stored already, when the message failed and is tried again. @type {{file: File, id: number} | null} */
  let stored = null;
  const place = await openForm({
    title: t("stages.attach"), note: t("stages.attach-note"),
    fields: [
      { name: "sequence_number", label: t("trace.number"), type: "number", value: 1, isRequired: true },
      { name: "lang", label: t("stages.language"), value: languages[0] ?? "", hint: t("stages.language-hint"), isRequired: true },
      { name: "content", label: t("stages.file"), type: "file", isRequired: true },
    ],
    submit: t("stages.store"),
    work: async ({ sequence_number: number, lang, content: file }) => {
      if (!file) throw new CarillonError(400, { content: t("stages.no-file") });
      if (stored?.file !== file) stored = { file, ...await storeFile(desk.admin, file) };
      return await carry(desk, id, { sequence_number: Number(number), lang, binary_content: /** @type {{id: number}} */ (stored).id }, key);
    },
  });
  if (place) desk.toasts.tell(t("stages.attached", { place }));
  return Boolean(place);
}

/** Its text stays as it is. @param {Desk} desk @param {number} id @param {{sequence_number: number, lang: string, binary_content: number}} message @param {string} key */
async function carry({ admin }, id, message, key) {
  const place = placeOf(message);
  const present = (await messageSet(admin, id)).messages.find((one) => placeOf(one) === place);
  if (present) await changeMessage(admin, present.id, { binary_content: message.binary_content });
  else await makeMessage(admin, { messageset: id, ...message }, key);
  return place;
}
