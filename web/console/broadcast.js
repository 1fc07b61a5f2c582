// @ts-check
/** A notice to everyone, groups or people: looked at before it leaves, now, later or again and again; who read it. */

import { newKey } from "../carillon.js";
import { cancelWaiting, readersOf, sentBroadcasts, waitingBroadcasts } from "../carillon/broadcasts.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { confirmed } from "./forms.js";
import { Listing } from "./listing.js";
import { Draft } from "./notice.js";
import { button, own, when } from "./parts.js";
import { places, Tab } from "./tab.js";
import { inZone, ownZone } from "./zones.js";

/** @typedef {import("./tab.js").Desk} Desk */

const REFRESH_MS = 2_000;

const NAMES = ["broadcast.write", "broadcast.sent", "broadcast.waiting"];
/** @type {Record<string, (desk: Desk) => HTMLElement>} */
const PLACES = {
  write: (desk) => Draft.of(desk, newKey()),
  sent: sentList,
  waiting: waitingList,
};

export class Broadcast extends Tab {
  #timer = 0;

  /** @param {string[]} place */
  open([asked]) {
    this.close();
    const place = asked in PLACES ? asked : "write";
    const content = PLACES[place](this.desk);
    this.replaceChildren(places("broadcast", NAMES, place), content);
    if (place === "sent") this.#timer = setInterval(() => void follow(this.desk, content), REFRESH_MS);
  }

  close() {
    clearInterval(this.#timer);
  }
}

customElements.define("console-broadcast", Broadcast);

/** @param {Desk} desk */
function sentList(desk) {
  return Listing.of({
    caption: t("broadcast.sent"),
    columns: [
      { label: t("broadcast.text"), show: ({ content }) => h("bdi", { class: "clipped" }, content) },
      { label: t("broadcast.to"), show: ({ audience }) => audienceText(audience) },
      { label: t("audit.actor"), show: ({ by }) => own(by?.username ?? "") },
      { label: t("audit.at"), show: (row) => when(row.sent_on) },
      { label: t("broadcast.reached"), show: ({ id }) => h("span", { class: "reach", "data-notice": id }, "…") },
    ],
    read: async (after) => {
      const stretch = await sentBroadcasts(desk.admin, /** @type {any} */ (after));
      setTimeout(() => void follow(desk, document));
      return stretch;
    },
    acts: ({ id }) => [h("a", { class: "button small", href: `#/trace/notice/${id}`, "aria-label": t("broadcast.trace", { id }) }, t("tab.trace"))],
    empty: t("broadcast.none"),
  });
}

/** @param {"everyone" | {group_ids: number[]}} audience */
function audienceText(audience) {
  if (audience === "everyone") return t("compose.everyone");
  return h("span", { class: "tags" }, ...audience.group_ids.map((id) => h("a", { class: "tag", href: `#/people/groups/${id}` }, t("broadcast.group", { id }))));
}

/** Says anew how far each came; one that could not be asked keeps what it said. @param {Desk} desk @param {ParentNode} root */
async function follow(desk, root) {
  if (document.visibilityState === "hidden" || desk.client.state !== "online") return;
  /** @type {NodeListOf<HTMLElement>} */
  const places = root.querySelectorAll("[data-notice]");
  for (const place of places) {
    const found = await readersOf(desk.admin, Number(place.dataset.notice)).catch(() => null);
    if (found?.counts && place.isConnected) place.replaceChildren(...meter(found.counts));
  }
}

/** @param {{members: number, pushed: number, read: number}} counts */
function meter({ members, pushed, read }) {
  return [h("meter", { min: 0, max: Math.max(members, 1), value: read, "aria-label": t("broadcast.read-of", { read, members }) }),
    h("span", {}, t("broadcast.how-far", { read, members, pushed }))];
}

/** @param {Desk} desk */
function waitingList(desk) {
  const listing = Listing.of({
    caption: t("broadcast.waiting"),
    columns: [
      { label: t("broadcast.text"), show: ({ content }) => h("bdi", { class: "clipped" }, content) },
      { label: t("broadcast.to"), show: ({ audience, recipients }) => audience ? audienceText(audience) : t("broadcast.people", { count: recipients?.length ?? 0 }) },
      { label: t("audit.actor"), show: ({ sender }) => own(sender?.username ?? "") },
      { label: t("broadcast.leaves"), show: leaves },
      { label: t("connections.state"), show: ({ state, error }) => state === "failed" ? h("span", { class: "state bad" }, own(error ?? state)) : t("broadcast.state-waiting") },
    ],
    read: () => waitingBroadcasts(desk.admin),
    acts: ({ id }) => [button(t("broadcast.cancel"), async () => {
      const isDone = await confirmed({
        title: t("broadcast.cancel-title"), note: t("broadcast.cancel-note"), submit: t("broadcast.cancel"),
        work: () => cancelWaiting(desk.admin, id),
      });
      if (isDone) await listing.load();
    }, { look: "grave small", about: `#${id}` })],
    empty: t("broadcast.none-waiting"),
  });
  return listing;
}

/** @param {any} row */
function leaves({ send_at: at, schedule }) {
  if (schedule) return h("a", { href: `#/schedules/list/${schedule}` }, t("schedules.title", { id: schedule }));
  return at ? inZone(at, ownZone()) : "–";
}
