// @ts-check
/** The administrators' page: who is there decides what is shown; the address, which tab. */

import { Carillon } from "./carillon.js";
import { Console } from "./carillon/console.js";
import "./components/connection-line.js";
import "./components/sign-in.js";
import "./components/toasts.js";
import { Figures } from "./console/figures.js";
import { confirmed } from "./console/forms.js";
import { TABS } from "./console/menu.js";
import { reopen, Rest } from "./console/rest.js";
import { BACK } from "./console/tab.js";
import { dress, find, h, icon, part, point, say } from "./page/dom.js";
import { Keepsakes } from "./page/keepsakes.js";
import { learn, locale, speakIn, t } from "./page/texts.js";
import { speak, startClock } from "./page/times.js";
import { reasonOf } from "./page/words.js";
import alertsDe from "./texts/alerts-de.js";
import alertsEn from "./texts/alerts-en.js";
import announcementsDe from "./texts/announcements-de.js";
import announcementsEn from "./texts/announcements-en.js";
import de from "./texts/console-de.js";
import en from "./texts/console-en.js";
import failuresDe from "./texts/failures-de.js";
import failuresEn from "./texts/failures-en.js";
import stagesDe from "./texts/stages-de.js";
import stagesEn from "./texts/stages-en.js";

/** @typedef {import("./carillon.js").User} User */
/** @typedef {import("./console/tab.js").Tab} Tab */

/** What the sign-in page says to somebody whose session ended, by close code. @type {Record<number, string>} */
const REASONS = { 3500: "sign-in.signed-out", 3503: "sign-in.dismissed" };

const client = new Carillon();
const app = find(document, "#app");
const barred = find(document, "#barred");
const starting = find(document, "#starting");
const title = find(document, "#tab-title");
const signIn = /** @type {import("./components/sign-in.js").SignIn} */ (find(document, "carillon-sign-in"));
const line = /** @type {import("./components/connection-line.js").ConnectionLine} */ (find(document, "carillon-connection"));
const toasts = /** @type {import("./components/toasts.js").Toasts} */ (find(document, "carillon-toasts"));
const figures = new Figures(client);
/** @type {import("./console/tab.js").Desk} */
const desk = { client, admin: new Console(client), figures, toasts, uploads: new Map(), keepsakes: new Keepsakes(0) };
const rest = new Rest();

/** Who is here; also after the session's end, until somebody signs in. */
let who = 0;

/** The tab that is shown, and its name. @type {{name: string, tab: Tab} | null} */
let shown = null;

/** Shows the page to whoever is signed in. */
async function start() {
  const onRetry = () => say(starting, t("page.reaching"));
  try {
    const user = await client.session({ onRetry });
    say(starting, "");
    if (user) enter(user);
    else showSignIn("");
  } catch (error) {
    say(starting, t("page.failed", { reason: reasonOf(error) }));
  }
}

/** @param {User} user */
function enter(user) {
  speakIn(user.language);
  speak(locale());
  signIn.hidden = true;
  if (user.id !== who) desk.uploads.clear();
  who = user.id;
  desk.keepsakes = new Keepsakes(who);
  const left = rest.take(who, location.hash);
  if (!user.is_admin) return showBarred(user);
  dress(part(app, "avatar"), user.username);
  part(app, "username").textContent = user.username;
  drawMenu();
  app.hidden = false;
  client.watch(true);
  client.connect();
  if (left) bringBack(left);
  else visit();
}

/** @param {User} user */
function showBarred(user) {
  document.title = t("console.window");
  part(barred, "who").textContent = t("console.signed-in-as", { name: user.username });
  barred.hidden = false;
}

function drawMenu() {
  part(app, "menu").replaceChildren(...TABS.map(({ name, sign }) => h("li", {},
    h("a", { href: `#/${name}`, "data-tab": name }, icon(sign), h("span", {}, t(`tab.${name}`))))));
}

/** Shows what the address says; `#/people/users/12` is the tab `people` at `users`, `12`. */
function visit() {
  if (app.hidden) return;
  const [name, ...place] = location.hash.replace(/^#\/?/, "").split("/").map(readable);
  const plan = TABS.find((one) => one.name === name);
  if (!plan) return location.replace(`#/${TABS[0].name}`);
  const isOther = shown?.name !== name;
  if (isOther) show(name, plan.make());
  entitle(name);
  shown?.tab.open(place);
  if (isOther && document.activeElement?.closest(".side")) title.focus();
}

/** @param {string} name @param {Tab} tab */
function show(name, tab) {
  takeOff().tab?.close();
  tab.desk = desk;
  put(name, tab);
  part(app, "desk").scrollTop = 0;
}

/** Shows what the same person left when the session ended. @param {import("./console/rest.js").Left} left */
function bringBack({ name, tab, dialogs }) {
  put(name, tab);
  entitle(name);
  reopen(dialogs);
}

/** @param {string} name */
function entitle(name) {
  title.textContent = t(`tab.${name}`);
  document.title = `${t(`tab.${name}`)} · ${t("console.window")}`;
}

/** @param {string} name @param {Tab} tab */
function put(name, tab) {
  shown = { name, tab };
  part(app, "tab").replaceChildren(tab);
  point(app.querySelectorAll("[data-tab]"), (link) => link.getAttribute("data-tab") === name);
}

/** Empties the page. @returns {{name?: string, tab?: Tab, dialogs: HTMLDialogElement[]}} what was on it */
function takeOff() {
  /** @type {HTMLDialogElement[]} */
  const dialogs = [...document.querySelectorAll("dialog.made")];
  const was = { ...shown, dialogs };
  for (const dialog of dialogs) dialog.remove();
  part(app, "tab").replaceChildren();
  shown = null;
  return was;
}

/** @param {string} text @returns {string} as it was typed when it cannot be read */
function readable(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} reason */
function showSignIn(reason) {
  document.title = t("console.window");
  signIn.show(reason);
}

/** Takes off the page what was only for the one who was here, and finds it again; the address stays. @param {number} code */
function leave(code) {
  app.hidden = true;
  barred.hidden = true;
  const { name, tab, dialogs } = takeOff();
  if (name && tab) rest.keep({ user: who, address: location.hash, name, tab, dialogs });
  figures.clear();
  toasts.clear();
  for (const name of ["avatar", "username"]) part(app, name).textContent = "";
  showSignIn(code in REASONS ? t(REASONS[code]) : "");
}

/** Asks first where something would be lost. */
async function signOut() {
  const isLosing = Object.keys(desk.keepsakes.uploads).length > 0;
  if (isLosing) await confirmed({ title: t("stages.sign-out"), note: t("stages.sign-out-note"), submit: t("sign-out.button"), work: endSession });
  else await endSession().catch((error) => toasts.warn(t("sign-out.failed", { reason: reasonOf(error) })));
}

async function endSession() {
  await client.signOut();
  rest.forget();
  desk.uploads.clear();
  desk.keepsakes.dropUploads();
  history.replaceState(null, "", location.pathname);
}

/** What could not be shown while the server was away is shown now. */
function lookAfresh() {
  document.dispatchEvent(new Event(BACK));
  if (part(app, "tab").querySelector(".nothing[role=alert]")) visit();
}

/** Somebody may have signed in from another tab. */
async function lookAgain() {
  if (document.visibilityState === "hidden" || signIn.hidden) return;
  const user = await client.session().catch(() => null);
  if (user && !signIn.hidden) enter(user);
}

/** @param {string} type @param {(detail: any) => void} listener */
function on(type, listener) {
  client.addEventListener(type, (event) => listener(/** @type {CustomEvent} */ (event).detail));
}

learn({ de, en });
learn({ de: alertsDe, en: alertsEn });
learn({ de: announcementsDe, en: announcementsEn });
learn({ de: failuresDe, en: failuresEn });
learn({ de: stagesDe, en: stagesEn });
signIn.client = client;
on("signedout", ({ code }) => leave(code));
on("state", (state) => {
  line.show(state);
  if (state === "online") lookAfresh();
});
line.addEventListener("retry", () => client.retry());
signIn.addEventListener("signedin", () => client.user && enter(client.user));
addEventListener("hashchange", visit);
addEventListener("online", lookAfresh);
document.addEventListener("visibilitychange", () => void lookAgain());
for (const button of document.querySelectorAll("[data-action=sign-out]")) button.addEventListener("click", () => void signOut());
find(app, "#skip").addEventListener("click", (event) => {
  event.preventDefault();
  title.focus();
});
addEventListener("beforeunload", (event) => [...desk.uploads.values()].some(({ isKept }) => !isKept) && event.preventDefault());
startClock();
speakIn(null);
void start();
