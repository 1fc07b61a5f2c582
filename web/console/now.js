// @ts-check
/** What is going on now: a figure each second, over the page's own live connection. */

import { h, say } from "../page/dom.js";
import { t } from "../page/texts.js";
import { Chart, Lamp } from "./chart.js";
import { deadJobList } from "./jobs.js";
import { table } from "./parts.js";
import { Tab } from "./tab.js";

const STALE_MS = 4_000;
/** The figures, in order: their name in the frame and how they are said. */
const CHARTS = /** @type {const} */ ([
  ["connections", { least: 4 }],
  ["users", { least: 4 }],
  ["deliveries_per_s", { unit: "/s", digits: 1, least: 5 }],
  ["delivery_p99_ms", { unit: "ms", digits: 1, least: 10 }],
  ["delivery_lag_ms", { unit: "ms", digits: 1, least: 10 }],
  ["loop_lag_ms", { unit: "ms", digits: 1, least: 10 }],
  ["jobs_running", { least: 4 }],
  ["jobs_waiting", { least: 4 }],
  ["jobs_dead", { least: 4 }],
]);

export class Now extends Tab {
  /** @type {Map<string, Chart>} */
  #charts = new Map();
  #redis = Lamp.of(t("now.redis"));
  #database = Lamp.of(t("now.database"));
  #problem = h("p", { class: "note", role: "status", hidden: true });
  #processes = h("div");
  #deadJobs = /** @type {import("./listing.js").Listing} */ (/** @type {unknown} */ (null));
  /** How many failed for good when their list was read. @type {number | undefined} */
  #deadCount;
  #timer = 0;
  #onUpdate = () => this.#draw();

  open() {
    if (this.#timer) return;
    for (const [name, plan] of CHARTS) this.#charts.set(name, Chart.of({ label: t(`now.${name}`), ...plan }));
    const tiles = h("div", { class: "tiles" }, this.#redis, this.#database, ...this.#charts.values());
    this.#deadJobs = deadJobList(this.desk);
    this.append(this.#problem, tiles, this.#processes, h("h3", {}, t("jobs.title")), this.#deadJobs);
    this.desk.figures.addEventListener("update", this.#onUpdate);
    this.#timer = setInterval(() => this.#draw(), 2_000);
    this.#draw();
  }

  close() {
    clearInterval(this.#timer);
    this.desk.figures.removeEventListener("update", this.#onUpdate);
  }

  #draw() {
    const { figures, client } = this.desk;
    for (const [name, chart] of this.#charts) chart.show(figures.series(name));
    this.#redis.show(figures.series("redis"), t("now.redis-away"));
    this.#database.show(figures.series("database"), t("now.database-away"));
    this.#drawProcesses(figures.last?.each ?? {});
    this.#followDead(figures.last?.jobs_dead);
    const isStale = client.state === "online" && figures.last !== null && figures.ageMs > STALE_MS;
    if (client.way !== "websocket") say(this.#problem, t("now.needs-socket"));
    else say(this.#problem, client.state === "reconnecting" || isStale ? t("now.stale") : "");
  }

  /** Reads anew what failed when it became more or less. @param {number | undefined} count */
  #followDead(count) {
    if (count === undefined || count === this.#deadCount) return;
    if (this.#deadCount !== undefined && !this.#deadJobs.isLong) void this.#deadJobs.load();
    this.#deadCount = count;
  }

  /** @param {Record<string, Record<string, number>>} each */
  #drawProcesses(each) {
    const rows = Object.entries(each).map(([name, figures]) => ({ name, ...figures }));
    const figure = (/** @type {string} */ name, digits = 0, unit = "") => ({
      label: [t(`now.${name}`), unit].filter(Boolean).join(", "), isNumber: true,
      show: (/** @type {any} */ row) => (row[name] ?? 0).toLocaleString(document.documentElement.lang, { maximumFractionDigits: digits }),
    });
    this.#processes.replaceChildren(table({
      caption: t("now.processes"),
      columns: [
        { label: t("now.process"), show: (row) => h("code", {}, row.name) },
        figure("connections"), figure("deliveries_per_s", 1, "1/s"), figure("delivery_p99_ms", 1, "ms"),
        figure("loop_lag_ms", 1, "ms"), figure("jobs_running"),
      ],
      rows,
    }));
  }
}

customElements.define("console-now", Now);
