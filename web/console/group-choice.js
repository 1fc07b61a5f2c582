// @ts-check
/** Choosing groups by ticking them, with how many people that are; the names of groups. */

import { audienceSize } from "../carillon/broadcasts.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { button } from "./parts.js";

/** @typedef {import("../carillon/console.js").Console} Console */
/** @typedef {{id: number, name: string}} Group */

/** Fires `change` when another group is ticked. */
export class GroupChoice extends HTMLElement {
  #admin = /** @type {Console} */ (/** @type {unknown} */ (null));
  #checks = h("div", { class: "checks" });
  #systems = h("div", { class: "checks" });
  #more = h("details", { hidden: true }, h("summary", {}, t("groups.systems")), this.#systems);
  #rest = h("div");
  #told = h("p", { class: "hint", role: "status" });
  #turn = 0;

  /** @param {Console} admin @param {Group[]} [chosen] ticked to begin with */
  static of(admin, chosen = []) {
    const choice = new GroupChoice();
    choice.#admin = admin;
    choice.append(choice.#checks, choice.#rest, choice.#more, choice.#told);
    choice.addEventListener("change", () => void choice.#count());
    choice.#checks.append(...chosen.map((group) => tick(group, true)));
    void choice.#offer();
    return choice;
  }

  /** @returns {number[]} numbers of those that are ticked */
  get chosen() {
    return this.#inputs.filter((input) => input.checked).map((input) => Number(input.value));
  }

  /** @returns {HTMLInputElement[]} */
  get #inputs() {
    return [...this.querySelectorAll("input")];
  }

  /** Those that come after the ones that are there, without these. @param {any} [after] */
  async #offer(after) {
    try {
      const { items, next } = await this.#admin.groups({}, after);
      const known = new Set(this.#inputs.map((input) => Number(input.value)));
      const others = items.filter(({ id }) => !known.has(id));
      this.#checks.append(...others.filter((group) => !group.is_system).map((group) => tick(group, false)));
      this.#systems.append(...others.filter((group) => group.is_system).map((group) => tick(group, false)));
      this.#more.hidden = this.#systems.childElementCount === 0;
      this.#rest.replaceChildren(...(next === null ? [] : [button(t("groups.more"), () => this.#offer(next), { look: "small" })]));
    } catch (error) {
      this.#told.textContent = reasonOf(error);
    }
    void this.#count();
  }

  /** Says how many people the chosen groups are. */
  async #count() {
    const [turn, groups] = [this.#turn += 1, this.chosen];
    const count = groups.length ? await audienceSize(this.#admin, groups).catch(() => null) : 0;
    if (turn === this.#turn) this.#told.textContent = count === null ? "" : t("broadcast.people", { count });
  }
}

customElements.define("console-groups", GroupChoice);

/** @param {Group} group @param {boolean} isChosen */
function tick({ id, name }, isChosen) {
  return h("label", { class: "switch" }, h("input", { type: "checkbox", name: "group", value: id, checked: isChosen }), h("bdi", {}, name));
}

/** The names of groups, each asked for once; of one that is gone, its number. @param {Console} admin @param {number[]} ids @returns {Promise<Map<number, string>>} */
export async function groupNames(admin, ids) {
  const known = await Promise.all([...new Set(ids)].map(async (id) => {
    const name = await admin.group(id).then((group) => group.name, () => t("broadcast.group", { id }));
    return /** @type {[number, string]} */ ([id, name]);
  }));
  return new Map(known);
}
