// @ts-check
/** How rows are chosen: by their box, with Shift for a range, by a long press where there is no mouse. */

/** @typedef {import("../components/message-list.js").MessageList} MessageList */

const LONG_PRESS_MS = 500;
/** A finger that moved further is scrolling. */
const STILL_PX = 10;

/** @param {MessageList} list */
export function listenForChoosing(list) {
  list.addEventListener("click", (event) => tick(list, event));
  listenForLongPress(list);
}

/** @param {MessageList} list @param {MouseEvent} event */
function tick(list, event) {
  const target = /** @type {Element} */ (event.target);
  const item = target.matches(".tick") ? list.itemAt(target) : null;
  if (item) list.choose(item, { isRange: event.shiftKey });
}

/**
 * After a long press a touch chooses, instead of opening, as long as something is chosen.
 *
 * @param {MessageList} list
 */
function listenForLongPress(list) {
  let [timer, isPressed, isTouching] = [0, false, false];
  let from = { x: 0, y: 0 };
  list.addEventListener("pointerdown", ({ pointerType, target, clientX: x, clientY: y }) => {
    const item = list.itemAt(/** @type {Element} */ (target));
    isPressed = false;
    clearTimeout(timer);
    isTouching = pointerType === "touch";
    if (!isTouching || !item) return;
    from = { x, y };
    timer = setTimeout(() => {
      isPressed = true;
      list.choose(item);
    }, LONG_PRESS_MS);
  });
  list.addEventListener("pointermove", ({ clientX, clientY }) => {
    if (Math.hypot(clientX - from.x, clientY - from.y) > STILL_PX) clearTimeout(timer);
  });
  for (const end of ["pointerup", "pointercancel"]) list.addEventListener(end, () => clearTimeout(timer));
  list.addEventListener("contextmenu", (event) => isTouching && event.preventDefault());
  list.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const item = isTouching && target.closest(".row") ? list.itemAt(target) : null;
    if (!item || !(isPressed || list.selection.size > 0)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!isPressed) list.choose(item);
    isPressed = false;
  });
}
