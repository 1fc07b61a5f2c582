// @ts-check
/** Work that is asked for many times in one moment, and done once. */

/**
 * A function that has `work` done when all that happens now has happened, however often it is called.
 *
 * @param {() => void} work
 * @returns {() => void}
 */
export function soon(work) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      work();
    });
  };
}
