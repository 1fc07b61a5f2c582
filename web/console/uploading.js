// @ts-check
/** A set's messages from a file: what would change is seen before anything does. */

import { CarillonError, newKey } from "../carillon.js";
import { changeMessage, makeMessage, messageSet } from "../carillon/stages.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { openForm } from "./forms.js";
import { compare, placeOf, readMessages } from "./message-files.js";

/** @typedef {import("./tab.js").Desk} Desk */
/** @typedef {import("./message-files.js").Difference} Difference */

/**
 * @param {Desk} desk
 * @param {number} id of the set
 * @returns {Promise<boolean>} whether something was changed, if only in part
 */
export async function upload(desk, id) {
  const found = await openForm({
    title: t("stages.upload"), note: t("stages.upload-note"),
    fields: [{ name: "file", label: t("stages.file"), type: "file", hint: t("stages.file-hint") }],
    submit: t("broadcast.look"),
    work: async ({ file }) => {
      if (!file) throw new CarillonError(400, { file: t("stages.no-file") });
      const messages = readMessages(await file.text());
      return compare((await messageSet(desk.admin, id)).messages, messages);
    },
  });
  if (!found) return false;
  if (found.differences.length) return await applied(desk, id, found);
  desk.toasts.tell(t("stages.nothing-changes"));
  return false;
}

/**
 * Shows what would change, and does it. What failed may be tried again: what was done is not done twice.
 *
 * @param {Desk} desk @param {number} id @param {{differences: Difference[], same: number, others: number}} found
 */
async function applied(desk, id, { differences, same, others }) {
  const steps = differences.map((difference) => ({ difference, key: newKey() }));
  const count = steps.length;
  let done = 0;
  const progress = h("p", { class: "hint", role: "status" });
  const isDone = await openForm({
    title: t("stages.preview"), note: t("stages.stays", { same, others }),
    content: h("div", {}, h("ul", { class: "differences" }, ...differences.map(shown)), progress),
    submit: t("stages.apply", { count }),
    work: async () => {
      for (; done < count; done += 1) {
        progress.textContent = t("stages.progress", { done, count });
        await apply(desk, id, steps[done]);
      }
      return true;
    },
  });
  if (isDone) desk.toasts.tell(t("stages.applied", { count }));
  return done > 0;
}

/** @param {Desk} desk @param {number} id @param {{difference: Difference, key: string}} step */
async function apply({ admin }, id, { difference: { given, present }, key }) {
  const { sequence_number: number, lang, ...content } = given;
  try {
    if (present) await changeMessage(admin, present.id, content);
    else await makeMessage(admin, { messageset: id, sequence_number: number, lang, ...content }, key);
  } catch (error) {
    throw new Error(t("stages.refused", { place: placeOf(given), reason: reasonOf(error) }));
  }
}

/** @param {Difference} difference */
function shown({ given, present }) {
  const before = present && given.text_content !== undefined ? present.text_content : null;
  return h("li", {},
    h("strong", {}, placeOf(given)), ` · ${t(present ? "stages.changed" : "stages.new")}`,
    before ? h("del", { dir: "auto" }, before) : null,
    given.text_content ? h("ins", { dir: "auto" }, given.text_content) : null,
    given.binary_content ? h("ins", {}, t("stages.with-file", { id: given.binary_content })) : null);
}
