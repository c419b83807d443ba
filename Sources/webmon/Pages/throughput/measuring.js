// @ts-check
/**
 * Measures what this browser and its link can take: one thing after the other, each flat out.
 */

import { drawRate } from "./draw_rate.js";
import { NotMeasured, receiveRate } from "./receive_rate.js";

/** @typedef {import("../client/transport.js").Way} Way */

/**
 * @typedef {object} Results
 * @property {string} at when it ended, ISO 8601
 * @property {string} browser
 * @property {string} server
 * @property {{p50: number, p95: number, count: number}} roundTrip of pings, ms
 * @property {import("./draw_rate.js").DrawRate} draw
 * @property {import("./receive_rate.js").ReceiveRate[]} received
 */

/**
 * @typedef {object} Plan
 * @property {number[]} sizes bytes of the messages
 * @property {Way[]} ways
 * @property {number} seconds for each
 */

const pings = 20;
/** What would take longer for two messages is left out, seconds. */
const longest = 10;

/** What messages of a size over a way are called. @param {number} size @param {Way} way */
export function describeRun(size, way) {
  return `${sizeName(size)} over ${way === "fetch" ? "fetch" : "WebSocket"}`;
}

/** @param {number} size */
export function sizeName(size) {
  return size >= 2 ** 20 ? `${size / 2 ** 20} MiB` : `${size / 1024} KiB`;
}

/**
 * @param {import("../webmon.js").Server} server
 * @param {Plan} plan
 * @param {AbortSignal} signal
 * @param {(done: number, of: number, what: string) => void} progress
 * @returns {Promise<Results>}
 * @throws {Error} why it did not come to its end
 */
export async function measureAll(server, { sizes, ways, seconds }, signal, progress) {
  const steps = 2 + sizes.length * ways.length;
  progress(0, steps, "round trips");
  const trips = [];
  for (let ping = 0; ping < pings; ping += 1) {
    if (signal.aborted) throw new Error("cancelled");
    trips.push(await server.roundTrip());
  }
  trips.sort((a, b) => a - b);
  const roundTrip = { p50: trips[pings / 2 - 1], p95: trips[pings - 2], count: pings };
  progress(1, steps, "uploading and drawing 2048 × 2048 uint16");
  const draw = await drawRate(seconds, signal);
  /** @type {Results["received"]} */
  const received = [];
  try {
    for (const size of sizes) {
      const name = await server.measure(size);
      if (signal.aborted) throw new Error("cancelled");
      for (const way of ways) {
        progress(2 + received.length, steps, describeRun(size, way));
        const known = received.filter((run) => run.way === way && run.bytesPerSecond > 0).pop();
        const expected = known === undefined ? 0 : (2 * size) / known.bytesPerSecond;
        received.push(
          expected > longest
            ? notMeasured(size, way, `left out: two would take ${expected.toFixed(0)} s`)
            : await rateOrReason(server, name, { way, size, seconds }, signal),
        );
      }
    }
  } finally {
    server.endMeasurement();
  }
  const at = new Date().toISOString();
  const version = server.info?.version ?? "";
  return { at, browser: navigator.userAgent, server: version, roundTrip, draw, received };
}

/**
 * What cannot be measured is no reason to give the rest up; a wrong byte is.
 *
 * @param {import("../webmon.js").Server} server
 * @param {string} name
 * @param {{way: Way, size: number, seconds: number}} what
 * @param {AbortSignal} signal
 */
async function rateOrReason(server, name, what, signal) {
  try {
    return await receiveRate(server, name, what, signal);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof NotMeasured) return notMeasured(what.size, what.way, reason);
    throw signal.aborted ? error : new Error(`${describeRun(what.size, what.way)}: ${reason}`);
  }
}

/** @param {number} size @param {Way} way @param {string} failed */
function notMeasured(size, way, failed) {
  const none = { messages: 0, seconds: 0, bytesPerSecond: 0, perSecond: 0, p50: NaN, p95: NaN };
  return { way, size, ...none, failed };
}
