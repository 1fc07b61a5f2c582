// @ts-check
/** The number of unread on the page's sign in the browser's tab. */

const SIDE = 64;
const PLAIN = "/web/favicon.svg";
const RED = "#c8281e";

/** The bell, loaded once it is needed. @type {Promise<HTMLImageElement> | null} */
let bell = null;
let latest = 0;

/** @param {number} count 0: the plain sign */
export async function showBadge(count) {
  latest = count;
  const link = document.querySelector('link[rel="icon"]');
  if (count === 0) return void link?.setAttribute("href", PLAIN);
  bell ??= loaded();
  const href = drawn(await bell, count > 99 ? "99+" : String(count));
  if (latest === count && href) link?.setAttribute("href", href);
}

async function loaded() {
  const image = new Image(SIDE, SIDE);
  image.src = PLAIN;
  await image.decode();
  return image;
}

/** @param {HTMLImageElement} image @param {string} text @returns {string | null} null where nothing can be drawn */
function drawn(image, text) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.drawImage(image, 0, 0, SIDE, SIDE);
  const width = Math.max(36, 16 + 18 * text.length);
  context.fillStyle = RED;
  context.beginPath();
  context.roundRect(SIDE - width, 0, width, 36, 18);
  context.fill();
  context.fillStyle = "#fff";
  context.font = "bold 30px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, SIDE - width / 2, 19, width - 6);
  return canvas.toDataURL("image/png");
}
