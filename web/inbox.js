// @ts-check
/** The page: who is there decides what is shown, the sign-in form or the boxes. */

import { Carillon } from "./carillon.js";
import "./components/announcements.js";
import "./components/ask.js";
import "./components/compose.js";
import "./components/connection-line.js";
import "./components/help.js";
import "./components/message-list.js";
import "./components/preferences.js";
import "./components/reader.js";
import "./components/search.js";
import "./components/selection-bar.js";
import "./components/settings.js";
import "./components/sign-in.js";
import "./components/toasts.js";
import { Arrivals, isArrival } from "./page/arrivals.js";
import { showBadge } from "./page/badge.js";
import { dress, find, h, part, say } from "./page/dom.js";
import { isLetter } from "./page/errands.js";
import { Keepsakes } from "./page/keepsakes.js";
import { Mailroom } from "./page/mailroom.js";
import { soon } from "./page/moments.js";
import { Outbox } from "./page/outbox.js";
import { listenForKeys } from "./page/shortcuts.js";
import { locale, speakIn, t } from "./page/texts.js";
import { speak, startClock } from "./page/times.js";
import { reasonOf, receiptOf } from "./page/words.js";

/** @typedef {import("./carillon.js").User} User */

/** What the sign-in page says to somebody whose session ended, by close code. @type {Record<number, string>} */
const REASONS = { 3500: "sign-in.signed-out", 3503: "sign-in.dismissed" };

const client = new Carillon();
const app = find(document, "#app");
const starting = find(document, "#starting");
const announcer = find(document, "#announcer");
const signIn = /** @type {import("./components/sign-in.js").SignIn} */ (find(document, "carillon-sign-in"));
const line = /** @type {import("./components/connection-line.js").ConnectionLine} */ (find(document, "carillon-connection"));
const help = /** @type {import("./components/help.js").Help} */ (find(document, "carillon-help"));
const toasts = /** @type {import("./components/toasts.js").Toasts} */ (find(document, "carillon-toasts"));
const compose = /** @type {import("./components/compose.js").Compose} */ (find(document, "carillon-compose"));
const search = /** @type {import("./components/search.js").Search} */ (find(document, "carillon-search"));
const announcements = /** @type {import("./components/announcements.js").Announcements} */ (find(document, "carillon-announcements"));
const question = /** @type {import("./components/ask.js").Ask} */ (find(document, "carillon-ask"));
const settings = /** @type {import("./components/settings.js").Settings} */ (find(document, "carillon-settings"));
const preferences = /** @type {import("./components/preferences.js").Preferences} */ (find(document, "carillon-preferences"));
const outbox = new Outbox(client);
const mailroom = new Mailroom(client, app, outbox);
const arrivals = new Arrivals((sentence) => {
  void settings.tell(sentence);
  if (mailroom.showsArrivals) announcer.textContent = sentence;
  else toasts.tell(sentence);
});

/** Shows the page to whoever is signed in. */
async function start() {
  const onRetry = () => say(starting, t("page.reaching"));
  try {
    const user = await client.session({ onRetry });
    say(starting, "");
    if (user) await enter(user);
    else showSignIn("");
  } catch (error) {
    say(starting, t("page.failed", { reason: reasonOf(error) }));
  }
}

/** @param {User} user */
async function enter(user) {
  introduce(user);
  signIn.hidden = true;
  app.hidden = false;
  compose.kept = new Keepsakes(user.id);
  compose.comeBack();
  outbox.open(compose.kept);
  settings.begin(user.id);
  await Promise.all([mailroom.visit(), announcements.open()]);
  if (client.user === user) client.connect();
}

/** Speaks the reader's language and says who it is. @param {User} user */
function introduce(user) {
  speakIn(user.language);
  speak(locale());
  dress(part(app, "avatar"), user.username);
  part(app, "username").textContent = user.username;
  part(app, "role").textContent = user.is_admin ? t("account.administrator") : "";
  part(app, "console").hidden = !user.is_admin;
  showCounts();
}

/** Says everything in the language that was just chosen; announcements are read anew, as the server words them. */
function sayAnew() {
  const { user } = client;
  if (!user) return;
  introduce(user);
  client.forget();
  mailroom.clear();
  void Promise.all([mailroom.visit(), announcements.open()]);
}

/** @param {string} reason */
function showSignIn(reason) {
  document.title = t("sign-in.window");
  signIn.show(reason);
}

/** Leaves nothing on the page that was only for the one who was here. @param {number} code */
function leave(code) {
  app.hidden = true;
  compose.leave();
  outbox.open(null);
  settings.end();
  preferences.clear();
  mailroom.clear();
  announcements.clear();
  arrivals.clear();
  announcer.textContent = "";
  for (const name of ["avatar", "username", "role"]) part(app, name).textContent = "";
  showCounts();
  showSignIn(code in REASONS ? t(REASONS[code]) : "");
}

async function signOut() {
  const { kept } = compose;
  const isLosing = outbox.waiting.length > 0 || Boolean(kept?.draft);
  if (isLosing && !(await question.ask({ title: t("sign-out.sure"), text: t("sign-out.losing"), yes: t("sign-out.button") }))) return;
  try {
    await client.signOut();
    kept?.clear();
    history.replaceState(null, "", location.pathname);
  } catch (error) {
    toasts.warn(t("sign-out.failed", { reason: reasonOf(error) }));
  }
}

function showCounts() {
  const { messages, notices } = client.unread;
  const all = messages + notices;
  document.title = all ? `(${all}) Carillon` : "Carillon";
  void showBadge(all);
  badge("all", all);
  badge("notices", notices);
}

/** @param {string} name @param {number} count */
function badge(name, count) {
  const unread = h("span", { class: "visually-hidden" }, t("list.unread-count"));
  find(app, `[data-count="${name}"]`).replaceChildren(...(count ? [count.toLocaleString(locale()), unread] : []));
}

/** Somebody may have signed in from another tab. */
async function lookAgain() {
  if (document.visibilityState === "hidden" || signIn.hidden) return;
  const user = await client.session().catch(() => null);
  if (user && !signIn.hidden) await enter(user);
}

/** @param {string} type @param {(detail: any) => void} listener */
function on(type, listener) {
  client.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
}

/** @param {string} type @param {(detail: any) => void} listener */
function onOutbox(type, listener) {
  outbox.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
}

onOutbox("update", (kept) => line.wait(kept));
onOutbox("done", ({ kept, answer }) => {
  if (isLetter(kept)) toasts.tell(receiptOf(kept, answer ?? []));
  if (kept.errand === "prefer") toasts.tell(t("preferences.saved"));
  if (kept.given?.language !== undefined) sayAnew();
});
onOutbox("refused", ({ kept, error }) => {
  const problem = t(isLetter(kept) ? "compose.not-sent" : "outbox.refused", { reason: reasonOf(error) });
  if (isLetter(kept) && !compose.takeBack(kept, problem)) return toasts.warn(problem);
  outbox.remove(kept.key);
  if (!isLetter(kept)) toasts.warn(problem);
});
for (const writer of [compose, announcements, preferences]) {
  writer.addEventListener("kept", (event) => {
    if (!outbox.add(/** @type {CustomEvent} */ (event).detail)) return;
    event.preventDefault();
    toasts.tell(t("compose.kept"));
  });
}
addEventListener("online", () => void outbox.flush());
signIn.client = client;
compose.client = client;
search.client = client;
announcements.client = client;
preferences.client = client;
preferences.addEventListener("language", sayAnew);
on("unread", soon(showCounts));
on("signedout", ({ code }) => leave(code));
on("change", (change) => {
  if (!isArrival(change)) return;
  arrivals.add(change.item);
  mailroom.mark(change.item);
});
on("state", (state) => {
  line.show(state);
  if (state !== "online") return;
  void outbox.flush().then(() => preferences.heal());
  mailroom.heal();
  announcements.heal();
});
line.addEventListener("retry", () => client.retry());
signIn.addEventListener("signedin", () => client.user && void enter(client.user));
document.addEventListener("visibilitychange", () => void lookAgain());
addEventListener("pagehide", () => {
  if (!navigator.onLine) toasts.clear(); // what could be undone is kept as done
  void client.hurry();
});
for (const button of app.querySelectorAll("[data-action=compose]")) button.addEventListener("click", () => compose.open());
find(app, "[data-action=help]").addEventListener("click", () => help.open());
find(app, "[data-action=settings]").addEventListener("click", () => {
  settings.open();
  void preferences.load();
});
find(app, "[data-action=sign-out]").addEventListener("click", () => void signOut());
find(app, "#skip").addEventListener("click", (event) => {
  event.preventDefault();
  mailroom.skip();
});
listenForKeys((command) => !app.hidden && mailroom.obey(command), () => help.hasSingleKeys);
startClock();
speakIn(null);
void start();
