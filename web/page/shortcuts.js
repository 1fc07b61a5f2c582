// @ts-check
/** Single keys for what one does all day; none while one writes, none while a dialog is open. */

/** @typedef {"next" | "previous" | "mark" | "edit" | "reply" | "delete" | "compose" | "help" | "search" | "close" | "choose" | "choose-to" | "undo"} Command */

/** @type {Record<string, Command>} */
const KEYS = {
  j: "next",
  k: "previous",
  u: "mark",
  e: "edit",
  r: "reply",
  "#": "delete",
  c: "compose",
  x: "choose",
  z: "undo",
  "/": "search",
  "?": "help",
};

/** These are not characters, so they do nothing by mistake when one speaks to the computer. */
/** @type {Record<string, Command>} */
const NAMED_KEYS = { Delete: "delete", Escape: "close" };

/**
 * @param {(command: Command) => boolean} obey says whether there was something to do
 * @param {() => boolean} hasSingleKeys
 */
export function listenForKeys(obey, hasSingleKeys) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (isWriting(event.target) || document.querySelector("dialog[open]")) return;
    const command = NAMED_KEYS[event.key] ?? (hasSingleKeys() ? commandOf(event) : undefined);
    if (command && obey(command)) event.preventDefault();
  });
}

/** @param {KeyboardEvent} event */
function commandOf({ key, shiftKey }) {
  const command = KEYS[key.toLowerCase()];
  return command === "choose" && shiftKey ? "choose-to" : command;
}

/** @param {EventTarget | null} target */
function isWriting(target) {
  return target instanceof Element && target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}
