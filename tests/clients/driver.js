// @ts-check
/** The browser's client under the script's hands: what it is told comes over a websocket. */

import { Carillon } from "/web/carillon.js";

const control = new WebSocket(`ws://${location.host}/control`, "carillon.v1");

/** @param {object} news */
function tell(news) {
  control.send(JSON.stringify(news));
}

class Player {
  #list = null;
  #isOver = false;

  constructor({ scale, renews, ways }) {
    this.renews = renews;
    this.carillon = new Carillon({ timeScale: scale, ways });
    this.#on("change", ({ item, isLive }) => isLive && this.#changed(item));
    this.#on("unread", (now) => this.hand({ unread: [now.messages, now.notices, now.announcements] }));
    this.#on("reset", () => this.hand({ reset: true }));
    this.#on("refused", ({ code }) => this.hand({ refused: code }));
    this.#on("ended", ({ code }) => this.hand({ ended: "refused", code }));
    this.#on("signedout", ({ code }) => void this.#signedOut(code));
  }

  #on(type, listener) {
    this.carillon.addEventListener(type, ({ detail }) => listener(detail));
  }

  hand(event) {
    if (!this.#isOver) tell({ handed: event });
  }

  #changed({ kind, id, version, revision, deleted, padding, ...item }) {
    this.hand({ change: `${kind}/${id}`, version, revision, deleted, item: { kind, id, ...item } });
  }

  async #signedOut(code) {
    if (!this.renews) return this.hand({ ended: "signed_out", code });
    this.renews = false;
    await this.signIn();
    this.carillon.connect();
  }

  async signIn() {
    await this.carillon.signIn("ada", "secret");
  }

  connect() {
    this.carillon.connect();
  }

  close() {
    this.carillon.close();
  }

  async list({ kinds, unread }) {
    this.#list = this.carillon.list({ kinds, unread });
    const show = () => tell({ shown: this.#list.items.map(({ kind, id }) => `${kind}/${id}`) });
    this.#list.addEventListener("update", show);
    await this.#list.load();
  }

  async more() {
    await this.#list.more();
  }

  async send({ content, to }) {
    try {
      this.hand({ sent: await this.carillon.send({ content, recipientIds: to }) });
    } catch (error) {
      this.hand({ failed: error.status });
    }
  }

  async mark_read({ item }) {
    await this.carillon.markRead([named(item)]);
    this.hand({ done: "mark_read" });
  }

  async mark_unread({ item }) {
    await this.carillon.markUnread([named(item)]);
    this.hand({ done: "mark_unread" });
  }

  async delete({ item }) {
    await this.carillon.delete([named(item)]);
    this.hand({ done: "delete" });
  }

  end() {
    this.carillon.close();
    this.#list?.close();
    this.#isOver = true;
  }
}

/** @param {string} text */
function named(text) {
  const [kind, id] = text.split("/");
  return { kind, id: Number(id), version: 0 };
}

let player = null;

control.onmessage = async ({ data }) => {
  const { begin, act, end } = JSON.parse(data);
  if (begin) {
    player = new Player(begin);
    await player.signIn();
    tell({ ready: true });
  }
  if (act) void player[act.do](act);
  if (end) {
    player.end();
    tell({ ready: true });
  }
};
