// @ts-check
/** Dialogs that ask: a form, a question, or a secret that is shown once. */

import { CarillonError } from "../carillon.js";
import { h, icon, say } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {"text" | "password" | "email" | "number" | "textarea" | "checkbox" | "select" | "datetime-local" | "file"} [type]
 * @property {any} [value]
 * @property {string} [hint]
 * @property {boolean} [isRequired]
 * @property {[string, string][]} [options] of a `select`: value and text
 * @property {import("../components/people-picker.js").PeoplePicker} [people] the control, whose input is `field-` and the name; the value is who was chosen
 */

/**
 * @typedef {object} Plan
 * @property {string} title
 * @property {string} [note]
 * @property {Node} [content] below the note
 * @property {Field[]} [fields]
 * @property {string} submit
 * @property {boolean} [isGrave] what is done cannot be undone
 * @property {(values: Record<string, any>) => Promise<any>} work a refusal is shown beside its field
 */

let made = 0;

/**
 * Asks, works, and closes when the work is done.
 *
 * @param {Plan} plan
 * @returns {Promise<any>} what `work` gave; undefined when it was given up
 */
export function openForm({ title, note, content, fields = [], submit, isGrave, work }) {
  const inputs = new Map(fields.map((field) => [field.name, input(field)]));
  const problem = h("p", { class: "problem", role: "alert", hidden: true });
  const cancel = h("button", { class: "button", type: "button" }, t("form.cancel"));
  const button = h("button", { class: `button ${isGrave ? "grave" : "primary"}`, type: "submit" }, submit);
  const form = h("form", { method: "dialog", novalidate: true },
    // What has no fields of its own is scrolled by keyboard only if it can have the focus.
    h("div", { class: "dialog-body", tabindex: content && !fields.length ? "0" : null }, note ? h("p", { dir: "auto" }, note) : null, content, ...fields.map((field) => labelled(field, inputs.get(field.name)))),
    h("footer", { class: "dialog-foot" }, problem, cancel, button));
  const { dialog, closed } = open(title, form);
  cancel.addEventListener("click", () => dialog.close());
  /** @type {any} */
  let result;
  let isBusy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    button.setAttribute("aria-disabled", "true");
    clear(inputs, problem);
    try {
      result = await work(await valuesOf(fields, inputs));
      dialog.close();
    } catch (error) {
      complain(error, inputs, problem);
    } finally {
      isBusy = false;
      button.removeAttribute("aria-disabled");
    }
  });
  return closed.then(() => result);
}

/**
 * Asks before something that cannot be undone.
 *
 * @param {{title: string, note: string, submit: string, work: () => Promise<any>}} plan
 * @returns {Promise<boolean>} whether it was done
 */
export async function confirmed({ title, note, submit, work }) {
  return await openForm({ title, note, submit, isGrave: true, work: async () => { await work(); return true; } }) === true;
}

/**
 * Shows what is never shown again.
 *
 * @param {{title: string, note: string, secret: string}} plan
 */
export function showOnce({ title, note, secret }) {
  const field = h("input", { readonly: true, value: secret, spellcheck: "false", "aria-label": title, class: "secret" });
  const told = h("span", { class: "progress", role: "status" });
  const copy = h("button", { class: "button", type: "button" }, t("form.copy"));
  field.addEventListener("focus", () => field.select());
  copy.addEventListener("click", async () => {
    field.select();
    const isCopied = await (navigator.clipboard?.writeText(secret).then(() => true, () => false) ?? false);
    told.textContent = t(isCopied ? "form.copied" : "form.copy-failed");
  });
  const form = h("form", { method: "dialog" },
    h("div", { class: "dialog-body" }, h("p", {}, note), h("div", { class: "field" }, field)),
    h("footer", { class: "dialog-foot" }, told, copy, h("button", { class: "button primary", type: "submit" }, t("form.done"))));
  const { closed } = open(title, form);
  field.focus();
  return closed;
}

/** @param {string} title @param {HTMLElement} content */
function open(title, content) {
  const id = `made-${made += 1}`;
  const close = h("button", { class: "button quiet square", type: "button", "aria-label": t("dialog.close") }, icon("close"));
  const dialog = h("dialog", { class: "dialog made", "aria-labelledby": id },
    h("header", { class: "dialog-head" }, h("h2", { id, dir: "auto" }, title), close), content);
  const before = document.activeElement;
  close.addEventListener("click", () => dialog.close());
  /** @type {Promise<void>} */
  const closed = new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    resolve();
  }));
  document.body.append(dialog);
  dialog.showModal();
  // What cannot be undone is never what Enter does at once.
  /** @type {HTMLElement | null} */
  const first = content.querySelector("input, textarea, select, .primary") ?? content.querySelector("button");
  first?.focus();
  return { dialog, closed };
}

/** @param {Field} field */
function input({ name, type = "text", value, options = [], isRequired, people }) {
  if (people) return people.input;
  const common = { id: `field-${name}`, name, required: isRequired, "aria-describedby": `field-${name}-problem` };
  if (type === "textarea") return h("textarea", { ...common, rows: 5, dir: "auto" }, value ?? "");
  if (type === "select") {
    return h("select", common, ...options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
  }
  if (type === "checkbox") return h("input", { ...common, type, checked: Boolean(value) });
  const manners = type === "password" ? { autocomplete: "new-password" } : { autocomplete: "off", spellcheck: "false" };
  return h("input", { ...common, type, value: value ?? null, ...manners });
}

/** @param {Field} field @param {HTMLElement | undefined} control */
function labelled({ name, label, type, hint, people }, control) {
  const problem = h("p", { class: "problem", id: `field-${name}-problem`, role: "alert", hidden: true });
  people?.input.setAttribute("aria-describedby", problem.id);
  if (type === "checkbox") return h("div", { class: "field" }, h("label", { class: "switch" }, control, label), problem);
  return h("div", { class: "field" }, h("label", { for: `field-${name}` }, label), people ?? control,
    hint ? h("p", { class: "hint" }, hint) : null, problem);
}

/** @param {Field[]} fields @param {Map<string, any>} inputs */
async function valuesOf(fields, inputs) {
  const values = fields.map(async (field) => [field.name, await valueOf(field, inputs.get(field.name))]);
  return Object.fromEntries(await Promise.all(values));
}

/** Throws, by field, where nobody was chosen. @param {Field} field @param {any} control */
async function valueOf({ name, type, people }, control) {
  if (type === "checkbox") return control.checked;
  if (!people) return type === "file" ? control.files?.[0] ?? null : control.value;
  if (!await people.settle()) throw new CarillonError(400, { [name]: t("compose.nobody-choose", { name: people.rest }) });
  if (!people.chosen.length) throw new CarillonError(400, { [name]: t("compose.no-recipient") });
  return people.chosen;
}

/** @param {Map<string, HTMLElement>} inputs @param {HTMLElement} problem */
function clear(inputs, problem) {
  say(problem, "");
  for (const control of inputs.values()) {
    control.removeAttribute("aria-invalid");
    const place = control.closest(".field")?.querySelector(".problem");
    if (place instanceof HTMLElement) say(place, "");
  }
}

/** @param {unknown} error @param {Map<string, HTMLElement>} inputs @param {HTMLElement} problem */
function complain(error, inputs, problem) {
  const fields = error instanceof CarillonError ? Object.entries(error.fields) : [];
  const known = fields.filter(([name]) => inputs.has(name));
  for (const [name, text] of known) {
    const control = inputs.get(name);
    const place = control?.closest(".field")?.querySelector(".problem");
    control?.setAttribute("aria-invalid", "true");
    if (place instanceof HTMLElement) say(place, text);
  }
  if (known.length === 0) say(problem, reasonOf(error));
  else inputs.get(known[0][0])?.focus();
}
