// @ts-check
/** One content that was published: its lists, its e-mails, and what became of them, while it happens. */

import { publishedContent } from "../carillon/alerts.js";
import { h } from "../page/dom.js";
import { spoken, t } from "../page/texts.js";
import { exact } from "../page/times.js";
import { Following } from "./following.js";
import { back, facts, headline } from "./parts.js";

/** @typedef {import("./tab.js").Desk} Desk */
/** @typedef {Awaited<ReturnType<typeof publishedContent>>} Content */
/** @typedef {{name: string, figure: number | null, state: "waiting" | "running" | "done", note: string}} Step */

export class Publication extends Following {
  #desk = /** @type {Desk} */ (/** @type {unknown} */ (null));
  #content = /** @type {Content} */ (/** @type {unknown} */ (null));
  #steps = h("ol", { class: "stations", "aria-live": "polite" });

  /** @param {Desk} desk @param {string} id */
  static async of(desk, id) {
    const page = new Publication();
    page.#desk = desk;
    page.#content = await publishedContent(desk.admin, id);
    page.#build();
    return page;
  }

  isUnderWay() {
    return stepsOf(this.#content).some(({ state }) => state !== "done");
  }

  async look() {
    this.#content = await publishedContent(this.#desk.admin, this.#content.id);
    this.#draw();
  }

  #build() {
    const { title, kind, created_at: at } = this.#content;
    this.append(back("#/alerts/published", t("alerts.all-published")), headline(title),
      facts([[t("trace.kind"), t(kind === "message" ? "alerts.message" : "alerts.change")], [t("audit.at"), exact(at)]]),
      h("h3", {}, t("alerts.how-far")), this.#steps);
    this.#draw();
  }

  #draw() {
    this.#steps.replaceChildren(...stepsOf(this.#content).map(drawn));
  }
}

customElements.define("console-publication", Publication);

/** @param {Content} content @returns {Step[]} in their order */
function stepsOf({ matched_at: matched, processed_at: processed, lists, emails, by_state: { pending, sent, failed } }) {
  const made = Math.max(emails ?? 0, pending + sent + failed);
  const [isMatched, isMade] = [Boolean(matched), Boolean(processed)];
  const isSent = isMade && pending === 0;
  const note = [t("alerts.of-made", { sent, made }), failed ? t("alerts.failed", { count: failed }) : ""].filter(Boolean).join(" · ");
  return [
    { name: "matching", figure: isMatched ? lists : null, state: isMatched ? "done" : "running", note: t("alerts.step-lists", { count: lists }) },
    { name: "generating", figure: isMatched ? made : null, state: isMade ? "done" : isMatched ? "running" : "waiting", note: t("alerts.step-made", { count: made }) },
    { name: "sending", figure: isMatched ? sent : null, state: isSent ? "done" : made ? "running" : "waiting", note },
  ];
}

/** @param {Step} step */
function drawn({ name, figure, state, note }) {
  return h("li", { "data-state": state },
    h("span", { class: `state ${state === "done" ? "good" : state}` }, t(`alerts.station-${name}`)),
    h("strong", { class: "figure" }, figure === null ? "–" : figure.toLocaleString(spoken())),
    h("span", { class: "hint" }, figure === null ? t("alerts.not-yet") : note));
}
