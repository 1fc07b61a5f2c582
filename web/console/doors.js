// @ts-check
/** What opens the door (tokens, sessions), who stands in it (connections), and the audit log. */

import { newKey } from "../carillon.js";
import { h } from "../page/dom.js";
import { t } from "../page/texts.js";
import { confirmed, openForm, showOnce } from "./forms.js";
import { Listing } from "./listing.js";
import { breakable, button, own, when } from "./parts.js";
import { accountField } from "./people-field.js";

/** @typedef {import("./tab.js").Desk} Desk */

/** A link to somebody's page. @param {{id: number | null, username: string} | null} user */
export function person(user) {
  if (!user) return h("span", {}, t("account.deleted"));
  return user.id ? h("a", { href: `#/people/users/${user.id}` }, own(user.username)) : own(user.username);
}

/** @param {Desk} desk @param {{id: number, username: string}} [user] whose; everybody's without */
export function tokenList(desk, user) {
  const make = button(t("tokens.new"), () => makeToken(desk, user).then((isMade) => isMade && listing.load()), { look: "primary" });
  const listing = Listing.of({
    caption: t("people.tokens"),
    columns: [
      { label: t("tokens.id"), show: ({ id }) => h("code", {}, id) },
      ...(user ? [] : [{ label: t("users.name"), show: (/** @type {any} */ row) => person(row.user) }]),
      { label: t("tokens.name"), show: ({ name }) => own(name ?? "") },
      { label: t("users.created"), show: (row) => when(row.created_at) },
    ],
    read: (after, q) => desk.admin.tokens({ q, user: user?.id }, after),
    acts: (row) => [button(t("tokens.revoke"), () => endToken(desk, row).then((isDone) => isDone && listing.load()), { look: "grave small", about: row.id })],
    empty: t("tokens.none"),
    search: user ? undefined : t("tokens.search"),
    above: [make],
  });
  return listing;
}

/** @param {Desk} desk @param {{id: number, username: string}} [user] */
async function makeToken(desk, user) {
  const key = newKey();
  const made = await openForm({
    title: user ? t("tokens.new-of", { name: user.username }) : t("tokens.new"),
    note: t("tokens.new-note"),
    fields: [
      ...(user ? [] : [accountField(desk.admin)]),
      { name: "name", label: t("tokens.name"), hint: t("tokens.name-hint") },
    ],
    submit: t("tokens.make"),
    work: ({ accounts, name }) => desk.admin.makeToken((user ?? accounts[0]).id, name, key),
  });
  if (made) await showOnce({ title: t("tokens.made"), note: t("tokens.made-note"), secret: made.token });
  return Boolean(made);
}

/** @param {Desk} desk @param {any} token */
function endToken(desk, token) {
  return confirmed({
    title: t("tokens.revoke-title"),
    note: t("tokens.revoke-note", { name: token.user?.username ?? "", title: token.name || token.id }),
    submit: t("tokens.revoke"),
    work: () => desk.admin.endToken(token.id),
  });
}

/** @param {Desk} desk @param {{id: number, username: string}} [user] */
export function sessionList(desk, user) {
  const listing = Listing.of({
    caption: t("people.sessions"),
    columns: [
      { label: t("sessions.id"), show: ({ id }) => h("code", {}, id) },
      ...(user ? [] : [{ label: t("users.name"), show: (/** @type {any} */ row) => person(row.user) }]),
      { label: t("sessions.since"), show: (row) => when(row.created_at) },
      { label: t("sessions.sockets"), show: ({ sockets }) => sockets.length ? sockets.map(device).join(", ") : t("sessions.no-socket") },
    ],
    read: (after, q) => desk.admin.sessions({ q, user: user?.id }, after),
    acts: (row) => [button(t("sessions.end"), () => endSession(desk, row).then((isDone) => isDone && listing.load()), { look: "grave small", about: row.user?.username })],
    empty: t("sessions.none"),
    search: user ? undefined : t("sessions.search"),
  });
  return listing;
}

/** @param {{transport: string, address: string}} socket */
function device({ transport, address }) {
  return `${transport} · ${address}`;
}

/** @param {Desk} desk @param {any} session */
function endSession(desk, session) {
  return confirmed({
    title: t("sessions.end-title"),
    note: t("sessions.end-note", { name: session.user?.username ?? "" }),
    submit: t("sessions.end"),
    work: () => desk.admin.endSession(session.id),
  });
}

/** @param {Desk} desk */
export function connectionList(desk) {
  const listing = Listing.of({
    caption: t("people.connections"),
    columns: [
      { label: t("users.name"), show: ({ user }) => person(user) },
      { label: t("connections.way"), show: ({ transport }) => transport },
      { label: t("connections.address"), show: ({ address }) => h("code", {}, address) },
      { label: t("sessions.since"), show: ({ since }) => when(since) },
      { label: t("connections.state"), show: ({ state }) => t(`connections.${state}`) },
      { label: t("connections.unsent"), isNumber: true, show: ({ unsent_bytes: bytes }) => bytes.toLocaleString(document.documentElement.lang) },
      { label: t("now.process"), show: ({ process }) => h("code", {}, process) },
    ],
    read: (after) => desk.admin.connections({}, after),
    acts: (row) => [button(t("connections.end"), () => endConnection(desk, row).then((isDone) => isDone && listing.load()), { look: "grave small", about: row.user.username })],
    empty: t("connections.none"),
    above: [button(t("table.refresh"), () => listing.load())],
  });
  return listing;
}

/** @param {Desk} desk @param {any} connection */
function endConnection(desk, connection) {
  return confirmed({
    title: t("connections.end-title"),
    note: t("connections.end-note", { name: connection.user.username, address: connection.address }),
    submit: t("connections.end"),
    work: () => desk.admin.endConnection(connection.id),
  });
}

/** @param {Desk} desk */
export function auditList(desk) {
  return Listing.of({
    caption: t("people.audit"),
    columns: [
      { label: t("audit.at"), show: ({ at }) => when(at) },
      { label: t("audit.actor"), show: ({ actor }) => person(actor) },
      { label: t("audit.action"), show: ({ action }) => h("code", {}, ...breakable(action)) },
      { label: t("audit.on"), show: ({ on }) => own(on ?? "") },
      { label: t("connections.address"), show: ({ address }) => address ? h("code", {}, address) : "" },
      { label: t("audit.status"), isNumber: true, show: ({ status }) => status === null ? t("audit.unknown") : String(status) },
    ],
    read: (after) => desk.admin.audit(after),
    empty: t("audit.none"),
  });
}
