// @ts-check
/** A set's messages from a file: what would change is seen before anything does. */

import { CarillonError } from "../carillon.js";
import { messageSet } from "../carillon/stages.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { openForm } from "./forms.js";
import { compare, placeOf, readMessages } from "./message-files.js";
import { button } from "./parts.js";
import { Upload } from "./uploads.js";

/** @typedef {import("./tab.js").Desk} Desk */
/** @typedef {import("./message-files.js").Difference} Difference */
/** @typedef {import("./message-files.js").Given} Given */

/**
 * @param {Desk} desk
 * @param {number} id of the set
 * @returns {Promise<boolean>} whether the set is to be shown anew
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
  return Boolean(found) && await begun(desk, id, found);
}

/**
 * What an upload has still to write that ended with its page, if there is one.
 *
 * @param {Desk} desk
 * @param {number} id of the set
 * @param {() => void} again shows the set as it is then
 */
export function unfinished(desk, id, again) {
  const messages = desk.uploads.has(id) ? undefined : desk.keepsakes.uploads[id];
  if (!messages) return null;
  const giveUp = () => {
    desk.keepsakes.keepUpload(id, []);
    again();
  };
  return h("section", { class: "upload-line" },
    h("p", {}, t("stages.unfinished", { count: messages.length })),
    h("div", { class: "row-acts" },
      button(t("stages.go-on"), async () => await resume(desk, id, messages) && again(), { look: "primary small" }),
      button(t("stages.give-up"), giveUp, { look: "small" })));
}

/** What was written before the page ended is the set's by now, so it is no difference. @param {Desk} desk @param {number} id @param {Given[]} messages */
async function resume(desk, id, messages) {
  try {
    return await begun(desk, id, compare((await messageSet(desk.admin, id)).messages, messages));
  } catch (error) {
    desk.toasts.warn(reasonOf(error));
    return false;
  }
}

/** Shows what would change, and begins with it. @param {Desk} desk @param {number} id @param {{differences: Difference[], same: number, others: number}} found */
async function begun(desk, id, { differences, same, others }) {
  if (!differences.length) {
    desk.keepsakes.keepUpload(id, []);
    desk.toasts.tell(t("stages.nothing-changes"));
    return true;
  }
  const isBegun = await openForm({
    title: t("stages.preview"), note: t("stages.stays", { same, others }),
    content: h("ul", { class: "differences" }, ...differences.map(shown)),
    submit: t("stages.apply", { count: differences.length }),
    work: async () => true,
  });
  if (isBegun) void new Upload(desk, id, differences).run();
  return Boolean(isBegun);
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
