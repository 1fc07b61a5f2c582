// @ts-check
/** What every tab of the console is, and what it is given. */

import { h, point } from "../page/dom.js";
import { t } from "../page/texts.js";

/**
 * @typedef {object} Desk
 * @property {import("../carillon.js").Carillon} client
 * @property {import("../carillon/console.js").Console} admin
 * @property {import("./figures.js").Figures} figures
 * @property {import("../components/toasts.js").Toasts} toasts
 * @property {Map<number, import("./uploads.js").Upload>} uploads what is written of sets, by their number
 * @property {import("../page/keepsakes.js").Keepsakes} keepsakes of who is signed in
 */

/** Fired at the document when the live connection is back after an absence. */
export const BACK = "carillon-back";

export class Tab extends HTMLElement {
  /** Given before the first `open`. @type {Desk} */
  desk = /** @type {any} */ (null);

  /** Shows a place in this tab. @param {string[]} _place what the address says after the tab's name */
  open(_place) {}

  /** It is left for another one. */
  close() {}
}

/** Whether it is worth asking anew: somebody looks, and the server is there. @param {Desk} desk */
export function isFollowed({ client }) {
  return document.visibilityState !== "hidden" && client.state === "online";
}

/**
 * Links to the places of a tab.
 *
 * @param {string} tab
 * @param {string[]} names of texts, such as `people.users`: what comes after the dot is the place
 * @param {string} present
 */
export function places(tab, names, present) {
  const links = names.map((name) => h("a", { href: `#/${tab}/${name.slice(name.indexOf(".") + 1)}` }, t(name)));
  point(links, (link) => link.getAttribute("href") === `#/${tab}/${present}`);
  return h("nav", { class: "places", "aria-label": t(`tab.${tab}`) }, h("ul", {}, ...links.map((link) => h("li", {}, link))));
}
