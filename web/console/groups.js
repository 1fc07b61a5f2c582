// @ts-check
/** Groups: the list of all, and one with who is in it. */

import { CarillonError, newKey } from "../carillon.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { person } from "./doors.js";
import { changesOf } from "./editing.js";
import { confirmed, openForm } from "./forms.js";
import { Listing } from "./listing.js";
import { button, facts, headline, own, redraw, tags, when, words } from "./parts.js";
import { accountsField } from "./people-field.js";

/** @typedef {import("./tab.js").Desk} Desk */

/** @param {Desk} desk */
export function groupList(desk) {
  return Listing.of({
    caption: t("people.groups"),
    columns: [
      { label: t("groups.name"), show: (group) => h("a", { href: `#/people/groups/${group.id}` }, own(group.name)) },
      { label: t("groups.display"), show: (group) => own(displayed(group)) },
      { label: t("users.rights"), show: ({ rights, is_system: isSystem }) => tags(isSystem ? [t("groups.system"), ...rights] : rights) },
      { label: t("users.created"), show: (group) => when(group.created_at) },
    ],
    read: (after, q) => desk.admin.groups({ q }, after),
    empty: t("groups.none"),
    search: t("groups.search"),
    above: [button(t("groups.new"), () => makeGroup(desk), { look: "primary" })],
  });
}

/** @param {any} group */
function displayed({ displayname: names }) {
  return Object.entries(names ?? {}).map(([language, name]) => `${name} (${language})`).join(", ");
}

/** @param {Desk} desk */
async function makeGroup(desk) {
  const key = newKey();
  const made = await openForm({
    title: t("groups.new"),
    fields: [
      { name: "name", label: t("groups.name"), isRequired: true },
      { name: "rights", label: t("users.rights"), hint: t("users.rights-hint") },
    ],
    submit: t("groups.make"),
    work: ({ name, rights }) => unlessTaken(desk.admin.makeGroup({ name, rights: words(rights) }, key)),
  });
  if (made) location.hash = `#/people/groups/${made.id}`;
}

export class GroupPage {
  #desk;
  #root = h("article", { class: "thing" });
  /** @type {any} */
  #group;

  /** @param {Desk} desk @param {any} group */
  constructor(desk, group) {
    this.#desk = desk;
    this.#group = group;
  }

  /** @param {Desk} desk @param {number} id @returns {Promise<Node>} */
  static async of(desk, id) {
    const page = new GroupPage(desk, await desk.admin.group(id));
    page.#draw();
    return page.#root;
  }

  #draw() {
    const group = this.#group;
    this.#root.replaceChildren(
      headline(group.name, ...(group.is_system ? [] : this.#acts())),
      facts([
        [t("users.id"), String(group.id)],
        [t("groups.display"), displayed(group) && own(displayed(group))],
        [t("users.rights"), group.rights.length ? tags(group.rights) : t("users.plain")],
        [t("groups.kind"), group.is_system ? t("groups.system") : null],
      ]),
      h("h3", {}, t("groups.members")), this.#members());
  }

  #acts() {
    return [button(t("users.edit"), () => this.#edit()), button(t("users.delete"), () => this.#delete(), { look: "grave" })];
  }

  #members() {
    const { admin } = this.#desk;
    const listing = Listing.of({
      caption: t("groups.members"),
      columns: [{ label: t("users.name"), show: person }],
      read: (after) => admin.members(this.#group.id, after),
      acts: (user) => [button(t("groups.remove"), () => this.#remove(user).then(() => listing.load()), { look: "small", about: user.username })],
      empty: t("groups.nobody"),
      above: [button(t("groups.add"), () => this.#add().then((isDone) => isDone && listing.load()), { look: "primary" })],
    });
    return listing;
  }

  async #add() {
    const { admin } = this.#desk;
    return await openForm({
      title: t("groups.add-to", { name: this.#group.name }),
      fields: [accountsField(admin)],
      submit: t("groups.add"),
      work: async ({ accounts }) => {
        for (const { id } of accounts) await admin.join(this.#group.id, id);
        return true;
      },
    });
  }

  /** It is undone as easily, so it is not asked for. @param {{id: number, username: string}} user */
  async #remove(user) {
    const { admin, toasts } = this.#desk;
    try {
      await admin.leave(this.#group.id, user.id);
      toasts.tell(t("groups.removed", { name: user.username }));
    } catch (error) {
      toasts.warn(t("groups.not-removed", { reason: reasonOf(error) }));
    }
  }

  async #edit() {
    const names = this.#group.displayname ?? {};
    const done = await openForm({
      title: t("groups.edit-of", { name: this.#group.name }),
      fields: [
        { name: "name", label: t("groups.name"), value: this.#group.name, isRequired: true },
        { name: "de", label: t("groups.display-de"), value: names["de-DE"] },
        { name: "en", label: t("groups.display-en"), value: names["en-US"] },
        { name: "rights", label: t("users.rights"), value: this.#group.rights.join(", "), hint: t("users.rights-hint") },
      ],
      submit: t("form.save"),
      work: async ({ name, de, en, rights }) => {
        const [{ admin }, before] = [this.#desk, this.#group];
        const after = { name: name.trim(), displayname: filled({ ...names, "de-DE": de, "en-US": en }), rights: words(rights) };
        const changes = await changesOf(before, after, () => admin.group(before.id));
        return unlessTaken(admin.changeGroup(before.id, changes));
      },
    });
    if (done) this.#group = done;
    if (done) redraw(this.#root, () => this.#draw());
  }

  async #delete() {
    const { admin, toasts } = this.#desk;
    const { id, name } = this.#group;
    const isDone = await confirmed({
      title: t("groups.delete-title", { name }), note: t("groups.delete-note"), submit: t("users.delete"),
      work: () => admin.deleteGroup(id),
    });
    if (!isDone) return;
    toasts.tell(t("groups.deleted", { name }));
    location.hash = "#/people/groups";
  }
}

/** Says beside the name that another group has it. @param {Promise<any>} work */
async function unlessTaken(work) {
  try {
    return await work;
  } catch (error) {
    const isTaken = error instanceof CarillonError && error.status === 409;
    throw isTaken ? new CarillonError(409, { name: t("groups.taken") }) : error;
  }
}

/** @param {Record<string, string>} names */
function filled(names) {
  return Object.fromEntries(Object.entries(names).filter(([, name]) => name.trim()));
}
