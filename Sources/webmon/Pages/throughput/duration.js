// @ts-check
/**
 * Latencies from microseconds on: within one machine a hop takes some tens of them.
 */

import { formatLatency } from "../shell/format.js";

/** @param {number} milliseconds */
export function formatDuration(milliseconds) {
  return milliseconds < 0.9995 ? `${(milliseconds * 1000).toFixed(0)} µs` : formatLatency(milliseconds);
}
