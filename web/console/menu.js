// @ts-check
/** The tabs, in the order of the menu. */

import { Now } from "./now.js";
import { People } from "./people.js";

/** @typedef {{name: string, sign: string, make: () => import("./tab.js").Tab}} Plan `name` stands in the address */

/** @type {Plan[]} */
export const TABS = [
  { name: "now", sign: "pulse", make: () => new Now() },
  { name: "people", sign: "people", make: () => new People() },
];
