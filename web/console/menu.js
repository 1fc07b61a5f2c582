// @ts-check
/** The tabs, in the order of the menu. */

import { Alerts } from "./alerts.js";
import { Announcements } from "./announcements.js";
import { Broadcast } from "./broadcast.js";
import { Now } from "./now.js";
import { People } from "./people.js";
import { Schedules } from "./schedules.js";
import { Stages } from "./stages.js";
import { Trace } from "./trace.js";

/** @typedef {{name: string, sign: string, make: () => import("./tab.js").Tab}} Plan `name` stands in the address */

/** @type {Plan[]} */
export const TABS = [
  { name: "now", sign: "pulse", make: () => new Now() },
  { name: "broadcast", sign: "horn", make: () => new Broadcast() },
  { name: "announcements", sign: "banner", make: () => new Announcements() },
  { name: "alerts", sign: "letter", make: () => new Alerts() },
  { name: "schedules", sign: "clock", make: () => new Schedules() },
  { name: "stages", sign: "stages", make: () => new Stages() },
  { name: "people", sign: "people", make: () => new People() },
  { name: "trace", sign: "path", make: () => new Trace() },
];
