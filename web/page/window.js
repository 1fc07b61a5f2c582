// @ts-check
/** Which rows of a long list are near enough to be seen, when all are equally high. Plain arithmetic. */

/**
 * The first and the one after the last; none of them outside the list.
 *
 * @param {object} where all in pixels but `count`
 * @param {number} where.above how far the upper edge of what is seen lies below the list's own
 * @param {number} where.height of what is seen
 * @param {number} where.rowHeight more than 0
 * @param {number} where.count of rows
 * @param {number} where.margin what is drawn beyond both edges
 * @returns {[number, number]}
 */
export function windowOf({ above, height, rowHeight, count, margin }) {
  const within = (/** @type {number} */ row) => Math.min(Math.max(row, 0), count);
  return [within(Math.floor((above - margin) / rowHeight)), within(Math.ceil((above + height + margin) / rowHeight))];
}
