// @ts-check
/** Who there is, what they may, what opens the door for them, and what administrators did. */

import { CarillonError } from "../carillon.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { reasonOf } from "../page/words.js";
import { auditList, connectionList, sessionList, tokenList } from "./doors.js";
import { groupList, GroupPage } from "./groups.js";
import { places, Tab } from "./tab.js";
import { userList, UserPage } from "./users.js";

/** @typedef {import("./tab.js").Desk} Desk */

const NAMES = ["people.users", "people.groups", "people.tokens", "people.sessions", "people.connections", "people.audit"];
/** @type {Record<string, (desk: Desk) => Node>} */
const LISTS = {
  users: userList,
  groups: groupList,
  tokens: tokenList,
  sessions: sessionList,
  connections: connectionList,
  audit: auditList,
};
/** @type {Record<string, (desk: Desk, id: number) => Promise<Node>>} */
const PAGES = { users: UserPage.of, groups: GroupPage.of };

export class People extends Tab {
  #content = h("div");
  #turn = 0;

  /** @param {string[]} place */
  open([asked, id]) {
    const place = asked in LISTS ? asked : "users";
    this.replaceChildren(places("people", NAMES, place), this.#content);
    this.#turn += 1;
    if (id && place in PAGES) void this.#openOne(place, id);
    else this.#content.replaceChildren(LISTS[place](this.desk));
  }

  /** @param {string} place @param {string} id */
  async #openOne(place, id) {
    const turn = this.#turn;
    let content;
    try {
      content = await PAGES[place](this.desk, Number(id));
    } catch (error) {
      const isGone = error instanceof CarillonError && error.status === 404;
      content = h("p", { class: "nothing", role: "alert" }, isGone ? t("people.gone") : t("list.failed", { reason: reasonOf(error) }));
    }
    if (turn === this.#turn) this.#content.replaceChildren(content);
  }
}

customElements.define("console-people", People);
