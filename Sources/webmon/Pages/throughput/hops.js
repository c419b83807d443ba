// @ts-check
/**
 * The hops of a stream, or of all streams together, from what the server tells and what this page
 * measures. All figures are of the last five seconds.
 */

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../client/server.js").StatusMessage} StatusMessage */
/** @typedef {import("../client/server.js").Hops} Hops */
/** @typedef {import("../client/window.js").Percentiles} Percentiles ms */

/**
 * @typedef {object} HopFigures
 * @property {number} bytes a second; NaN where it is not known
 * @property {number} messages a second
 * @property {Percentiles} latency
 * @property {number} lost a second; NaN where nothing can be lost
 * @property {number} copied bytes a second; NaN where it is not counted
 */

/** @typedef {"fill" | "notice" | "wait" | "send" | "way" | "paint"} HopKey */
/** @typedef {Record<HopKey, HopFigures>} AllHops */

/** What is counted of a stream, at one status. */
const counted = /** @type {const} */ ([
  "commits",
  "dropped",
  "committedBytes",
  "notices",
  "messages",
  "sentBytes",
  "copiedBytes",
  "lost",
]);
/** @typedef {Record<typeof counted[number], number>} Counts */
/** @typedef {{clock: number, streams: Map<string, Counts & {generation: string}>}} Sample */

const window = 5e9;

export class HopMeter {
  constructor() {
    /** @private @type {Sample[]} oldest first */
    this.samples = [];
    /** @private @type {StatusMessage | null} */
    this.status = null;
  }

  /** Another server, or another connection: its counters and its clock begin anew. */
  reset() {
    this.samples = [];
    this.status = null;
  }

  /** @param {StatusMessage} status @param {ReadonlyMap<string, Stream>} described */
  take(status, described) {
    const streams = new Map();
    for (const { name, sequence, dropped, served, hops } of status.streams) {
      const stream = described.get(name);
      if (stream === undefined) continue;
      streams.set(name, {
        generation: stream.generation,
        commits: sequence,
        dropped,
        committedBytes: sequence * commitBytes(stream),
        notices: hops?.notice.total.count ?? 0,
        messages: served.messages,
        sentBytes: served.sent_bytes,
        copiedBytes: served.copied_bytes,
        lost: served.lost,
      });
    }
    this.status = status;
    this.samples.push({ clock: status.clock, streams });
    while (this.samples.length > 2 && this.samples[1].clock <= status.clock - window) {
      this.samples.shift();
    }
  }

  /**
   * What was counted a second.
   *
   * @private
   * @param {string} name of a stream; "" for all
   * @returns {Counts}
   */
  rates(name) {
    const rates = /** @type {Counts} */ (Object.fromEntries(counted.map((key) => [key, 0])));
    const [first] = this.samples;
    const last = this.samples[this.samples.length - 1];
    if (first === undefined || first === last) return rates;
    const seconds = (last.clock - first.clock) / 1e9;
    for (const [key, now] of last.streams) {
      if (name !== "" && key !== name) continue;
      const before = first.streams.get(key);
      // A new generation counts from its beginning; what was there before the page looked, does not.
      if (before === undefined) continue;
      const isSame = before.generation === now.generation;
      for (const count of counted) {
        const added = now[count] - (isSame ? before[count] : 0);
        if (!Number.isNaN(added)) rates[count] += added / seconds;
        else if (name !== "") rates[count] = NaN;
      }
    }
    return rates;
  }

  /** The server's own measurements. @param {string} name @returns {Hops | undefined} */
  hops(name) {
    if (name === "") return this.status?.hops;
    return this.status?.streams.find((stream) => stream.name === name)?.hops;
  }

  /**
   * @param {string} name of a stream; "" for all
   * @param {ReturnType<import("../webmon.js").Subscription["measure"]> | null} page what the page
   *   measures of it, if it does
   * @returns {AllHops}
   */
  figures(name, page) {
    const rates = this.rates(name);
    const hops = this.hops(name);
    return {
      fill: {
        bytes: rates.committedBytes,
        messages: rates.commits,
        latency: milliseconds(hops?.fill.recent),
        lost: rates.dropped,
        copied: NaN,
      },
      notice: {
        bytes: 0,
        messages: rates.notices,
        latency: milliseconds(hops?.notice.recent),
        lost: NaN,
        copied: 0,
      },
      wait: {
        bytes: 0,
        messages: rates.messages,
        latency: milliseconds(hops?.wait.recent),
        lost: rates.lost,
        copied: rates.copiedBytes,
      },
      send: {
        bytes: rates.sentBytes,
        messages: rates.messages,
        latency: milliseconds(hops?.send.recent),
        lost: NaN,
        copied: 0,
      },
      way: {
        bytes: page?.bytesPerSecond ?? NaN,
        messages: page?.receivedPerSecond ?? NaN,
        latency: page?.sentToReceived ?? nothing,
        lost: NaN,
        copied: NaN,
      },
      paint: {
        bytes: page?.paintedBytesPerSecond ?? NaN,
        messages: page?.paintedPerSecond ?? NaN,
        latency: page?.receivedToPainted ?? nothing,
        lost: page?.skippedPerSecond ?? NaN,
        copied: NaN,
      },
    };
  }
}

/** @type {Percentiles} */
const nothing = { p50: NaN, p95: NaN, p99: NaN, max: NaN, count: 0 };

/** @param {import("../client/server.js").HopFigures | undefined} figures @returns {Percentiles} */
function milliseconds(figures) {
  if (figures === undefined || figures.count === 0) return nothing;
  const { p50 = NaN, p95 = NaN, p99 = NaN, max = NaN, count } = figures;
  return { p50: p50 / 1e6, p95: p95 / 1e6, p99: p99 / 1e6, max: max / 1e6, count };
}

/** Bytes that one commit writes; NaN for an array, of which an edit may be any part. @param {Stream} stream */
function commitBytes({ kind, nbytes, slots, itemsize }) {
  if (kind === "array") return NaN;
  return kind === "log" ? itemsize : nbytes / Math.max(1, slots);
}

/**
 * From the commit to the screen: what each part adds, by the medians, ms. `wait` counts from the
 * commit and `way` from the beginning of `send`, so what they share is taken off.
 *
 * @param {AllHops} hops
 * @returns {{key: HopKey, took: number}[]} NaN where it is not known
 */
export function parts(hops) {
  const [fill, notice, wait, send, way, paint] = [
    hops.fill,
    hops.notice,
    hops.wait,
    hops.send,
    hops.way,
    hops.paint,
  ].map(({ latency }) => latency.p50);
  const less = (/** @type {number} */ whole, /** @type {number} */ part) =>
    Math.max(0, whole - (Number.isNaN(part) ? 0 : part));
  return [
    { key: "fill", took: fill },
    { key: "notice", took: Number.isNaN(wait) ? notice : Math.min(notice, wait) },
    { key: "wait", took: less(wait, notice) },
    { key: "send", took: Number.isNaN(way) ? send : Math.min(send, way) },
    { key: "way", took: less(way, send) },
    { key: "paint", took: paint },
  ];
}
