// @ts-check
/**
 * How fast messages of one size come one way, each of them checked.
 */

import { checkAll, checkSome } from "./pattern.js";

/** @typedef {import("../client/transport.js").Way} Way */

/**
 * @typedef {object} ReceiveRate
 * @property {Way} way
 * @property {number} size bytes of a message
 * @property {number} messages that were counted
 * @property {number} seconds in which they came
 * @property {number} bytesPerSecond
 * @property {number} perSecond messages a second
 * @property {number} p50 ms from when the server began to send one until it was here
 * @property {number} p95
 * @property {string} [failed] why it could not be measured; then the figures are 0
 */

/** This cannot be measured here, which says nothing of the rest. */
export class NotMeasured extends Error {}

/** Messages that may be under way: so many that the server need not wait for a credit. */
const manySmall = 4;
const manyLarge = 2;
const large = 2 ** 22;
/** Without a message for so long it has failed; a slow link may take so long for two. Milliseconds. */
const patience = 20_000;
const longest = 30_000;

/**
 * @param {import("../webmon.js").Server} server
 * @param {string} name of the stream
 * @param {{way: Way, size: number, seconds: number}} what
 * @param {AbortSignal} signal
 * @returns {Promise<ReceiveRate>}
 * @throws {Error} if a byte was wrong, the connection is lost, or the signal says stop;
 *   `NotMeasured` if nothing came
 */
export function receiveRate(server, name, { way, size, seconds }, signal) {
  return new Promise((resolve, reject) => {
    /** @type {number[]} */
    const latencies = [];
    let began = NaN;
    let sequence = 0;
    const finish = (/** @type {() => void} */ settle) => {
      clearTimeout(timer);
      stopListening();
      signal.removeEventListener("abort", cancelled);
      server.unsubscribe(subscription);
      settle();
    };
    const fail = (/** @type {string} */ reason) => finish(() => reject(new Error(reason)));
    const cancelled = () => fail("cancelled");
    const silent = () => {
      const reason =
        subscription.transport === way
          ? `nothing came in ${patience / 1000} s`
          : `the browser did not take this way: ${subscription.transportReason}`;
      finish(() => reject(new NotMeasured(reason)));
    };
    let timer = setTimeout(silent, patience);

    const take = (/** @type {import("../webmon.js").Frame} */ frame) => {
      // What came before the way was changed.
      if (subscription.transport !== way) return frame.skip();
      const words = /** @type {Uint32Array} */ (frame.array);
      const isFirst = Number.isNaN(began);
      if (frame.nbytes !== size) return fail(`a message has ${frame.nbytes} bytes, not ${size}`);
      if (frame.sequence <= sequence) return fail(`message ${frame.sequence} came twice`);
      const wrong = isFirst ? checkAll(words, frame.sequence) : checkSome(words, frame.sequence);
      if (wrong !== null) return fail(`message ${frame.sequence} is damaged: ${wrong}`);
      sequence = frame.sequence;
      clearTimeout(timer);
      timer = setTimeout(silent, patience);
      frame.recycle();
      if (isFirst) {
        began = frame.received;
        return undefined;
      }
      latencies.push(frame.received - server.clock.toPage(frame.sent));
      const passed = frame.received - began;
      const isEnough = passed >= seconds * 1000 && latencies.length >= 2;
      if (!isEnough && passed < longest) return undefined;
      return finish(() => resolve(summary(way, size, latencies, passed / 1000)));
    };

    const subscription = server.subscribe(name, {
      credit: "manual",
      credits: size < large ? manySmall : manyLarge,
      transport: way,
      compression: "none",
      whenHidden: "keep",
      onFrame: take,
      onWaiting: (reason) => fail(reason),
      onError: (error) => fail(error.message),
    });
    const stopListening = server.on("state", ({ phase }) => {
      if (phase !== "connected") fail("the connection was lost");
    });
    signal.addEventListener("abort", cancelled);
    if (signal.aborted) cancelled();
  });
}

/** @param {Way} way @param {number} size @param {number[]} latencies @param {number} seconds */
function summary(way, size, latencies, seconds) {
  const messages = latencies.length;
  latencies.sort((a, b) => a - b);
  const at = (/** @type {number} */ p) => latencies[Math.ceil(p * messages) - 1];
  const perSecond = messages / seconds;
  const bytesPerSecond = perSecond * size;
  return { way, size, messages, seconds, bytesPerSecond, perSecond, p50: at(0.5), p95: at(0.95) };
}
