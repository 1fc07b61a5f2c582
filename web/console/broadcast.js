// @ts-check
/** A notice to everyone, groups or people: looked at before it leaves, now, later or again and again; who read it. */

import { newKey } from "../carillon.js";
import { cancelWaiting, reachOf, sentBroadcasts, waitingBroadcasts } from "../carillon/broadcasts.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { confirmed } from "./forms.js";
import { groupNames } from "./group-choice.js";
import { Listing } from "./listing.js";
import { Draft } from "./notice.js";
import { button, gauge, own, when } from "./parts.js";
import { isFollowed, places, Tab } from "./tab.js";
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
      { label: t("broadcast.to"), show: audienceOf },
      { label: t("audit.actor"), show: ({ by }) => own(by?.username ?? "") },
      { label: t("audit.at"), show: (row) => when(row.sent_on) },
      { label: t("broadcast.reached"), show: ({ id }) => h("span", { class: "reach", "data-notice": id }, "…") },
    ],
    read: async (after) => {
      const stretch = await named(desk, await sentBroadcasts(desk.admin, after));
      setTimeout(() => void follow(desk, document));
      return stretch;
    },
    acts: ({ id }) => [h("a", { class: "button small", href: `#/trace/notice/${id}`, "aria-label": t("broadcast.trace", { id }) }, t("broadcast.readers"))],
    empty: t("broadcast.none"),
  });
}

/** The rows with the names of their groups. @param {Desk} desk @param {import("../carillon/console.js").Stretch} stretch */
async function named({ admin }, { items, next }) {
  const names = await groupNames(admin, items.flatMap(({ audience }) => audience?.group_ids ?? []));
  return { items: items.map((row) => ({ ...row, names })), next };
}

/** @param {{audience: "everyone" | {group_ids: number[]}, names: Map<number, string>}} row */
function audienceOf({ audience, names }) {
  if (audience === "everyone") return t("compose.everyone");
  return h("span", { class: "tags" }, ...audience.group_ids.map((id) => h("a", { class: "tag", href: `#/people/groups/${id}` }, own(names.get(id) ?? ""))));
}

/** Says anew how far each came; one that could not be asked keeps what it said. @param {Desk} desk @param {ParentNode} root */
async function follow(desk, root) {
  if (!isFollowed(desk)) return;
  /** @type {NodeListOf<HTMLElement>} */
  const places = root.querySelectorAll("[data-notice]");
  for (const place of places) {
    const found = await reachOf(desk.admin, Number(place.dataset.notice)).catch(() => null);
    if (found?.counts && place.isConnected) place.replaceChildren(...meter(found.counts));
  }
}

/** @param {{members: number, pushed: number, read: number}} counts */
function meter({ members, pushed, read }) {
  const said = t("broadcast.read-of", { read, members });
  return [gauge(read, members, said, true), h("span", {}, said), h("span", { class: "hint" }, t("broadcast.pushed", { count: pushed }))];
}

/** @param {Desk} desk */
function waitingList(desk) {
  const listing = Listing.of({
    caption: t("broadcast.waiting"),
    columns: [
      { label: t("broadcast.text"), show: ({ content }) => h("bdi", { class: "clipped" }, content) },
      { label: t("broadcast.to"), show: (row) => row.audience ? audienceOf(row) : t("broadcast.people", { count: row.recipients?.length ?? 0 }) },
      { label: t("audit.actor"), show: ({ sender }) => own(sender?.username ?? "") },
      { label: t("broadcast.leaves"), show: leaves },
      { label: t("connections.state"), show: ({ state, error }) => state === "failed" ? h("span", { class: "state bad" }, own(error ?? state)) : t("broadcast.state-waiting") },
    ],
    read: async () => named(desk, await waitingBroadcasts(desk.admin)),
    acts: ({ id }) => [button(t("broadcast.cancel"), async () => {
      const isDone = await confirmed({
        title: t("broadcast.cancel-title"), note: t("broadcast.cancel-note"), submit: t("broadcast.cancel-it"),
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
