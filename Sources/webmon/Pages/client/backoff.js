// @ts-check
/**
 * How long to wait before the next attempt to connect.
 */

const first = 250;
const longest = 5000;

/**
 * Doubles from a quarter of a second to five seconds. Half of it is chance, so that many pages
 * do not come back to a restarted server at the same moment.
 *
 * @param {number} attempt 0 for the first
 * @returns {number} milliseconds
 */
export function delayBeforeAttempt(attempt) {
  const whole = Math.min(longest, first * 2 ** attempt);
  return whole * (0.5 + 0.5 * Math.random());
}
