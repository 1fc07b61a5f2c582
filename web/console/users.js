// @ts-check
/** Accounts: the list of all, and one with all that belongs to it. */

import { newKey } from "../carillon.js";
import { avatar, h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { exact } from "../page/times.js";
import { sessionList, tokenList } from "./doors.js";
import { changesOf } from "./editing.js";
import { confirmed, openForm, showOnce } from "./forms.js";
import { Listing } from "./listing.js";
import { button, facts, headline, own, redraw, tags, when, words } from "./parts.js";

/** @typedef {import("./tab.js").Desk} Desk */

/** @param {Desk} desk */
export function userList(desk) {
  return Listing.of({
    caption: t("people.users"),
    columns: [
      { label: t("users.name"), show: (user) => h("a", { href: `#/people/users/${user.id}` }, avatar(user.username), own(user.username)) },
      { label: t("users.email"), show: ({ email }) => own(email ?? "") },
      { label: t("users.groups"), show: ({ groups }) => tags(groups.map((/** @type {any} */ one) => one.name)) },
      { label: t("users.role"), show: (user) => tags(standing(user)) },
      { label: t("users.created"), show: (user) => when(user.created_at) },
    ],
    read: (after, q) => desk.admin.users({ q }, after),
    empty: t("users.none"),
    search: t("users.search"),
    above: [button(t("users.new"), () => makeUser(desk), { look: "primary" })],
  });
}

/** @param {any} user @returns {string[]} what is special about the account */
function standing(user) {
  const found = [];
  if (user.is_admin) found.push(t("account.administrator"));
  if (!user.is_active) found.push(t("users.inactive"));
  if (!user.has_password) found.push(t("users.no-password"));
  return [...found, ...user.rights];
}

/** @param {any} user @returns {import("./forms.js").Field[]} */
function fields(user) {
  return [
    { name: "email", label: t("users.email"), type: "email", value: user.email },
    { name: "language", label: t("users.language"), value: user.language, hint: t("users.language-hint") },
    { name: "time_zone", label: t("users.zone"), value: user.time_zone, hint: t("users.zone-hint") },
    { name: "rights", label: t("users.rights"), value: (user.rights ?? []).join(", "), hint: t("users.rights-hint") },
    { name: "is_admin", label: t("account.administrator"), type: "checkbox", value: user.is_admin },
  ];
}

/** @param {Record<string, any>} given a form's values, as the server takes them */
function account({ email, language, time_zone: zone, rights, ...rest }) {
  return { ...rest, email: email || null, language: language || null, time_zone: zone || null, rights: words(rights) };
}

/** @param {Desk} desk */
async function makeUser(desk) {
  const key = newKey();
  const made = await openForm({
    title: t("users.new"),
    fields: [{ name: "username", label: t("users.name"), isRequired: true }, ...fields({})],
    submit: t("users.make"),
    work: (given) => desk.admin.makeUser(account(given), key),
  });
  if (made) location.hash = `#/people/users/${made.id}`;
}

export class UserPage {
  #desk;
  #root = h("article", { class: "thing" });
  /** @type {any} */
  #user;

  /** @param {Desk} desk @param {any} user */
  constructor(desk, user) {
    this.#desk = desk;
    this.#user = user;
  }

  /** @param {Desk} desk @param {number} id @returns {Promise<Node>} */
  static async of(desk, id) {
    const page = new UserPage(desk, await desk.admin.user(id));
    page.#draw();
    return page.#root;
  }

  #draw() {
    const user = this.#user;
    this.#root.replaceChildren(
      headline(user.username,
        button(t("users.edit"), () => this.#edit()),
        button(t("users.password"), () => this.#password()),
        h("a", { class: "button", href: this.#desk.admin.exportAddress(user.id), download: `user-${user.id}.json` }, t("users.export")),
        button(t(user.is_active ? "users.deactivate" : "users.activate"), () => this.#switch())),
      facts([
        [t("users.id"), String(user.id)],
        [t("users.email"), user.email && h("span", {}, own(user.email), user.email_verified ? ` · ${t("users.verified")}` : "")],
        [t("users.role"), standing(user).length ? tags(standing(user)) : t("users.plain")],
        [t("users.language"), user.language],
        [t("users.zone"), user.time_zone],
        [t("users.identities"), user.identities.length ? tags(user.identities) : null],
        [t("users.created"), exact(user.created_at)],
        [t("users.groups"), this.#groups()],
      ]),
      h("h3", {}, t("people.tokens")), tokenList(this.#desk, user),
      h("h3", {}, t("people.sessions")), sessionList(this.#desk, user),
      h("h3", {}, t("users.end")), h("p", { class: "row-acts" },
        button(t("users.delete"), () => this.#end("delete"), { look: "grave" }),
        button(t("users.erase"), () => this.#end("erase"), { look: "grave" })));
  }

  #groups() {
    const chips = this.#user.groups.map((/** @type {any} */ group) => h("a", { class: "tag", href: `#/people/groups/${group.id}` }, own(group.name)));
    return chips.length ? h("span", { class: "tags" }, ...chips) : t("users.no-groups");
  }

  async #again() {
    this.#user = await this.#desk.admin.user(this.#user.id);
    redraw(this.#root, () => this.#draw());
  }

  async #edit() {
    const [{ admin }, before] = [this.#desk, this.#user];
    const done = await openForm({
      title: t("users.edit-of", { name: before.username }),
      fields: fields(before),
      submit: t("form.save"),
      work: async (given) => admin.changeUser(before.id, await changesOf(before, account(given), () => admin.user(before.id))),
    });
    if (done) await this.#again();
  }

  async #switch() {
    const { id, username, is_active: isActive } = this.#user;
    const isDone = await confirmed({
      title: t(isActive ? "users.deactivate" : "users.activate"),
      note: t(isActive ? "users.deactivate-note" : "users.activate-note", { name: username }),
      submit: t(isActive ? "users.deactivate" : "users.activate"),
      work: () => this.#desk.admin.changeUser(id, { is_active: !isActive }),
    });
    if (isDone) await this.#again();
  }

  async #password() {
    const made = await openForm({
      title: t("users.password"),
      note: t("users.password-note", { name: this.#user.username }),
      fields: [{ name: "password", label: t("users.password"), type: "password", hint: t("users.password-hint") }],
      submit: t("users.password-set"),
      work: ({ password }) => this.#desk.admin.setPassword(this.#user.id, password),
    });
    if (made?.password) await showOnce({ title: t("users.password-made"), note: t("users.password-once"), secret: made.password });
    if (made) await this.#again();
  }

  /** @param {"delete" | "erase"} how */
  async #end(how) {
    const { admin, toasts } = this.#desk;
    const { id, username } = this.#user;
    const isDone = await confirmed({
      title: t(`users.${how}`),
      note: t(`users.${how}-note`, { name: username }),
      submit: t(`users.${how}`),
      work: () => how === "delete" ? admin.deleteUser(id) : admin.eraseUser(id),
    });
    if (!isDone) return;
    toasts.tell(t("users.ended", { name: username }));
    location.hash = "#/people/users";
  }
}
