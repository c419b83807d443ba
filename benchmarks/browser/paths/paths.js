// @ts-check
/**
 * Measures all paths to the screen, one after the other, for messages of one size, and tells the benchmark what it found. The address says: `report`,
 * `seconds` for each path, `bytes`, `painter`, and `sources`, JSON of what receive.js takes.
 */

import { receive } from "./receive.js";
import { barePainter, screenRate, webmonPainter } from "./screen.js";

/** @typedef {import("./receive.js").Source} Source */

const query = new URLSearchParams(location.search);
const seconds = Number(query.get("seconds"));
const bytes = Number(query.get("bytes"));
/** Seconds after which nothing more is to be hoped for. */
const patience = 30;

/** Counts messages from the first one on, which is not counted. */
class Count {
  start = NaN;
  messages = 0;
  rate = 0;

  /** @param {number} messages @returns {boolean} whether more are wanted */
  add(messages) {
    const now = performance.now();
    if (Number.isNaN(this.start)) {
      this.start = now;
      return true;
    }
    this.messages += messages;
    this.rate = (1000 * this.messages) / (now - this.start);
    return now - this.start < 1000 * seconds;
  }
}

/** @param {Source} source @returns {Promise<number>} messages a second */
async function inPage(source) {
  const count = new Count();
  await receive(source, (_, messages) => count.add(messages));
  return count.rate;
}

/** @param {Source} source @returns {Promise<number>} messages a second */
async function inWorker(source) {
  const count = new Count();
  const worker = new Worker("worker.js", { type: "module" });
  try {
    await new Promise((resolve, reject) => {
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data: { messages, error } }) => {
        if (error !== undefined) reject(new Error(error));
        else if (!count.add(messages)) resolve(undefined);
      };
      worker.postMessage(source);
    });
  } finally {
    worker.terminate();
  }
  return count.rate;
}

/** @param {object} found */
function tell(found) {
  location.replace(`${query.get("report")}?${encodeURIComponent(JSON.stringify(found))}`);
}

try {
  setTimeout(() => tell({ slow: `not done after ${patience} s for each path` }), 6000 * patience);
  /** @type {Record<string, number>} */
  const found = {};
  for (const source of /** @type {Source[]} */ (JSON.parse(String(query.get("sources"))))) {
    found[source.way] = await inPage(source);
    found[`${source.way}_worker`] = await inWorker(source);
  }
  const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("canvas"));
  const painter = query.get("painter") === "webmon" ? await webmonPainter(canvas, bytes) : barePainter(canvas, bytes);
  found.upload = await screenRate(painter, bytes, false, seconds);
  found.paint = await screenRate(painter, bytes, true, seconds);
  tell(found);
} catch (error) {
  tell({ error: String(error) });
}
