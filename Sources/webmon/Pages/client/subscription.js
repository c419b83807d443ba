// @ts-check
/**
 * One stream that a page asked for, over all connections, servers and producers it lives through.
 */

import { Frame } from "./frame.js";
import { WireError } from "./message.js";
import { afterNextPaint } from "./paint.js";
import { Transport } from "./transport.js";
import { viewFields } from "./view.js";
import { SlidingWindow } from "./window.js";

/**
 * @typedef {object} DataOptions
 * @property {(frame: Frame) => void} [onFrame] data came: a frame, records or an array
 * @property {(tile: Frame) => void} [onTile] a tile of an array came, of which this is a view. It
 *   shows `h` x `w` pixels of plane `plane` at `level`, from `y` and `x` on. The server takes it
 *   that the page keeps the last 4096 tiles that it was sent: see `view`
 * @property {(viewed: Viewed) => void} [onViewed] all tiles in view have come
 * @property {(stream: import("./server.js").Stream) => void} [onSubscribed] data of this
 *   generation follows; called again for every new generation
 * @property {(reason: string) => void} [onWaiting] the stream is not there, yet or any more
 * @property {(from: number, to: number) => void} [onGap] these frames or records will not come
 * @property {(error: Error) => void} [onError] else the server's `onError` is told
 * @property {"latest" | "all"} [policy] the newest frame (default), or every one in order
 * @property {number} [credits] data messages that may be under way or unpainted, 1 to 64
 *   (default 2: one is painted while the next one travels; 8 with `onTile`)
 * @property {number} [maxFps] no more data messages a second than this
 * @property {number} [backlog] records of a log to begin with
 * @property {"auto" | "manual"} [credit] "auto" (default): a frame's credit goes back after the
 *   next repaint of the page, records' at once. "manual": when `frame.painted()` or
 *   `frame.skip()` is called; then every frame must get one of the two
 * @property {"release" | "keep"} [whenHidden] what a hidden tab does: give the stream up until
 *   it is seen again (default for policy "latest"), or go on receiving (default for "all")
 * @property {"auto" | "websocket" | "fetch"} [transport] which way the data takes: "auto"
 *   (default) tries both where messages are large, and keeps the faster
 * @property {"auto" | "none" | "deflate"} [compression] without loss: "auto" (default) on links
 *   that are measured to be slow, never on this machine
 */

/**
 * @typedef {DataOptions & import("./view.js").ViewPlace & import("./view.js").ViewLayout}
 *   SubscribeOptions
 */

/**
 * @typedef {object} Viewed
 * @property {number} level
 * @property {number[]} region [y0, x0, y1, x1] in pixels of level 0, as far as there are any
 * @property {number} sequence version of the array that is shown
 */

/** @typedef {"off" | "asking" | "waiting" | "subscribed"} SubscriptionState */

/**
 * What the page and the server say to each other about one subscription; `Server` gives it.
 *
 * @typedef {object} Link
 * @property {(message: object) => void} send
 * @property {() => number} newId
 * @property {(error: Error) => void} report
 * @property {import("./clock.js").Clock} clock
 * @property {() => string} session secret of the session, "" if there is none
 * @property {URL} base address of the server
 * @property {string | null} token of a server that asks a program for one
 * @property {(buffer: ArrayBuffer) => void} receive a data message came over a body
 * @property {{holder: Transport | null}} body who of the page has the one body
 * @property {() => Promise<void> | null} expanding messages came that are not given out yet
 */

/** Milliseconds over which rates and latencies are measured. */
const span = 5000;

export class Subscription {
  /**
   * @param {string} name of the stream
   * @param {SubscribeOptions} options
   * @param {Link} link
   */
  constructor(name, options, link) {
    this.name = name;
    this.options = options;
    /** @type {SubscriptionState} */
    this.state = "off";
    /** Number under which the server knows it now, 0 if it does not. */
    this.id = 0;
    /** @type {import("./server.js").Stream | null} the newest description of the stream */
    this.stream = null;
    /** Why it is waiting. */
    this.reason = "";
    /** The newest commit that was painted, of `paintedGeneration`. */
    this.paintedSequence = 0;
    this.paintedGeneration = "";
    /**
     * Totals since the page subscribed. `bytes` of payloads, `wire` of messages as they came, which
     * is less where they were compressed.
     */
    this.totals = { received: 0, painted: 0, skipped: 0, lost: 0, bytes: 0, wire: 0, fetched: 0 };
    /** @private page's clock, ms: since when the server knows of the subscription */
    this.askedAt = 0;
    /** @private */
    this.link = link;
    /** @private messages of this id that came and whose credits are not back */
    this.held = 0;
    /** @private @type {number | null} commits up to this one came or were told as gaps */
    this.known = null;
    /** @private @type {number | null} version that all tiles in view were sent at */
    this.complete = null;
    /** @private @type {{from: number, to: number}[]} told before what comes before them came */
    this.earlyGaps = [];
    /** @private */
    // Tiles are small, and their numbers do not only go up.
    const { onTile, transport = "auto" } = options;
    this.carrier = new Transport(onTile === undefined ? transport : "websocket", {
      send: link.send,
      address: () => this.bodyAddress(),
      headers: link.token === null ? {} : { Authorization: `Bearer ${link.token}` },
      receive: link.receive,
      resume: (turn) => this.answer(turn),
      id: () => this.id,
      body: link.body,
    });
    /** @private what is looked at now @type {import("./view.js").ViewPlace} */
    this.place = { region: options.region, level: options.level, index: options.index };
    /** Whether `suspend` was called, and not `resume` since. */
    this.suspended = false;
    /** @private */
    this.windows = {
      bytes: new SlidingWindow(span),
      painted: new SlidingWindow(span),
      records: new SlidingWindow(span),
      lost: new SlidingWindow(span),
      skipped: new SlidingWindow(span),
      underWay: new SlidingWindow(span),
      inPage: new SlidingWindow(span),
      toReceived: new SlidingWindow(span),
      toPainted: new SlidingWindow(span),
    };
  }

  /** Which way the data takes now: "websocket" or "fetch". */
  get transport() {
    return this.carrier.current;
  }

  /** Why it takes this way, for people. */
  get transportReason() {
    return this.carrier.reason;
  }

  /** What a MiB takes either way, ms, medians of ten messages; NaN where that was not measured. */
  get transportFigures() {
    return this.carrier.figures;
  }

  /** Whether a hidden tab gives the stream up. */
  get releasesWhenHidden() {
    const { whenHidden, policy = "latest" } = this.options;
    return (whenHidden ?? (policy === "latest" ? "release" : "keep")) === "release";
  }

  /** Stops the data, at the server too, until `resume`. */
  suspend() {
    this.suspended = true;
    if (this.id !== 0) this.link.send({ type: "unsubscribe", id: this.id });
    this.detach();
  }

  resume() {
    if (!this.suspended) return;
    this.suspended = false;
    this.attach();
  }

  /**
   * Asks the server for the stream. `Server` calls it on every new connection.
   */
  attach() {
    if (this.suspended) return;
    const { policy, onTile, maxFps, backlog, compression } = this.options;
    const { credits = onTile === undefined ? 2 : 8 } = this.options;
    this.id = this.link.newId();
    this.state = "asking";
    this.askedAt = performance.now();
    this.held = 0;
    this.known = null;
    this.earlyGaps = [];
    const message = { type: "subscribe", id: this.id, stream: this.name, policy, credits };
    const view = viewFields({ ...this.options, ...this.place });
    this.link.send({ ...message, max_fps: maxFps, backlog, compression, ...view });
  }

  /**
   * Looks at another part of the stream; only for a subscription that began as a view. Tiles that
   * were sent before, and did not change, are not sent again: a page that has dropped some that it
   * needs says `fresh`.
   *
   * @param {import("./view.js").ViewPlace & {fresh?: boolean}} place
   */
  view({ fresh, ...place }) {
    for (const [name, value] of Object.entries(place)) {
      if (value !== undefined) this.place = { ...this.place, [name]: value };
    }
    if (this.id === 0) return;
    this.link.send({ type: "view", id: this.id, ...viewFields(place), fresh });
  }

  /** The server does not know the subscription any more. */
  detach() {
    this.id = 0;
    this.state = "off";
    this.carrier.drop();
  }

  /** The tab is hidden: a body is one of few. */
  hide() {
    this.carrier.leave("the page is hidden");
  }

  /** @private */
  bodyAddress() {
    const session = this.link.session();
    if (this.id === 0 || session === "") return null;
    const path = `/api/streams/${encodeURIComponent(this.name)}/frames`;
    return new URL(`${path}?session=${session}&id=${this.id}`, this.link.base).href;
  }

  /** The server has turned to another way. @param {any} message */
  turned(message) {
    const way = message.transport === "fetch" ? "fetch" : "websocket";
    void this.carrier.turned(
      way,
      requireNumber(message.turn, "`turn` of a transport"),
      String(message.reason),
    );
  }

  /**
   * All that was sent the old way is here, or never will be: the server goes on from there.
   *
   * @private
   * @param {number} turn
   */
  answer(turn) {
    const { id, held } = this;
    const expanding = this.link.expanding();
    if (expanding !== null) {
      expanding.then(() => this.id === id && this.answer(turn));
      return;
    }
    const generation = this.stream?.generation;
    this.link.send({ type: "resume", id, turn, generation, after: this.known, held });
  }

  /** @param {import("./server.js").Stream} stream */
  subscribed(stream) {
    // A later generation is read from its first commit.
    const isLater = this.stream !== null && this.known !== null && stream.kind !== "array";
    this.known = isLater ? 0 : null;
    this.complete = null;
    this.earlyGaps = [];
    this.state = "subscribed";
    this.stream = stream;
    this.carrier.begin(performance.now());
    this.options.onSubscribed?.(stream);
  }

  /** @param {string} reason */
  waiting(reason) {
    this.state = "waiting";
    this.reason = reason;
    this.options.onWaiting?.(reason);
  }

  /** @param {Viewed} viewed */
  viewed(viewed) {
    this.complete = viewed.sequence;
    this.settleViewed();
    this.options.onViewed?.(viewed);
  }

  /** Once all tiles that came are painted, the picture is what `viewed` says. @private */
  settleViewed() {
    if (this.complete === null || this.held > 0 || this.stream === null) return;
    this.paintedSequence = this.complete;
    this.paintedGeneration = this.stream.generation;
  }

  /** @param {number} from @param {number} to */
  gap(from, to) {
    const lost = to - from + 1;
    this.totals.lost += lost;
    this.windows.lost.add(performance.now(), lost);
    this.carrier.passedOver();
    this.earlyGaps.push({ from, to });
    this.settleGaps();
    this.options.onGap?.(from, to);
  }

  /** What is told over the WebSocket may come before data over a body. @private */
  settleGaps() {
    this.earlyGaps = this.earlyGaps.filter(({ from, to }) => {
      if (this.known !== null && from > this.known + 1) return true;
      if (this.known !== null) this.known = Math.max(this.known, to);
      return this.known === null;
    });
  }

  /** @param {Error} error */
  failed(error) {
    if (this.options.onError !== undefined) this.options.onError(error);
    else this.link.report(error);
  }

  /**
   * @param {import("./message.js").DataMessage} message
   * @param {number} now
   * @param {import("./transport.js").Way} way
   * @param {number} wire bytes of the message as it came
   */
  received(message, now, way, wire) {
    const { id } = this;
    this.held += 1;
    const sendCredit = (/** @type {number | null} */ paintedAt) => {
      // A credit belongs to the subscription that it was taken from, not to a later one.
      if (this.id !== id) return;
      this.held -= 1;
      this.settleViewed();
      const painted = paintedAt === null ? NaN : Math.round(this.link.clock.toServer(paintedAt));
      this.link.send({
        type: "credit",
        id,
        seq: message.sequence,
        painted_ns: Number.isNaN(painted) ? undefined : painted,
      });
    };
    if (this.stream === null || this.stream.generation !== message.generation) {
      // Of a generation that ended while a body carried its last.
      this.totals.lost += Math.max(1, message.records);
      sendCredit(null);
      return;
    }
    this.known = message.sequence;
    this.settleGaps();
    this.carrier.sample(way, now - this.link.clock.toPage(message.sent), message.length, now);
    const frame = new Frame(message, this.stream, now, (settled, paintedAt) => {
      this.count(settled, paintedAt);
      sendCredit(paintedAt);
    });
    this.totals.received += 1;
    this.totals.bytes += message.length;
    this.totals.wire += wire;
    if (way === "fetch") this.totals.fetched += 1;
    this.windows.bytes.add(now, message.length);
    this.windows.records.add(now, message.records);
    this.windows.underWay.add(now, Math.max(0, now - this.link.clock.toPage(message.sent)));
    this.windows.toReceived.add(now, this.latency(frame, now));
    this.deliver(frame);
  }

  /** @private @param {Frame} frame */
  deliver(frame) {
    const manual = this.options.credit === "manual";
    try {
      if (frame.opcode === "tile") this.options.onTile?.(frame);
      else this.options.onFrame?.(frame);
    } catch (error) {
      this.failed(error instanceof Error ? error : new Error(String(error)));
      if (!frame.settled) frame.skip();
      return;
    }
    if (manual || frame.settled) return;
    if (frame.opcode === "records") frame.skip();
    else afterNextPaint(() => frame.settled || frame.painted());
  }

  /** @private @param {Frame} frame @param {number | null} paintedAt */
  count(frame, paintedAt) {
    if (paintedAt === null) {
      this.totals.skipped += 1;
      this.windows.skipped.add(performance.now(), 1);
      return;
    }
    this.totals.painted += 1;
    this.paintedSequence = frame.sequence;
    this.paintedGeneration = frame.generation;
    this.windows.painted.add(paintedAt, frame.nbytes);
    this.windows.inPage.add(paintedAt, Math.max(0, paintedAt - frame.received));
    this.windows.toPainted.add(paintedAt, this.latency(frame, paintedAt));
  }

  /**
   * From the commit to a moment, ms. NaN for what was committed before the page asked: that
   * would tell how late the page came, not how long the data took.
   *
   * @private
   * @param {Frame} frame
   * @param {number} moment page's clock
   */
  latency(frame, moment) {
    const published = this.link.clock.toPage(frame.published);
    return published < this.askedAt ? NaN : moment - published;
  }

  /**
   * What the last five seconds were like. Latencies are milliseconds, over the messages of that
   * time: from the producer's commit, from when the server began to send, or within the page; NaN
   * where nothing came.
   */
  measure() {
    const now = performance.now();
    const received = this.windows.bytes.rate(now);
    const painted = this.windows.painted.rate(now);
    return {
      receivedPerSecond: received.perSecond,
      bytesPerSecond: received.sumPerSecond,
      paintedPerSecond: painted.perSecond,
      paintedBytesPerSecond: painted.sumPerSecond,
      skippedPerSecond: this.windows.skipped.rate(now).sumPerSecond,
      recordsPerSecond: this.windows.records.rate(now).sumPerSecond,
      lostPerSecond: this.windows.lost.rate(now).sumPerSecond,
      publishToReceived: this.windows.toReceived.percentiles(now),
      publishToPainted: this.windows.toPainted.percentiles(now),
      sentToReceived: this.windows.underWay.percentiles(now),
      receivedToPainted: this.windows.inPage.percentiles(now),
      clockUncertainty: this.link.clock.uncertainty,
    };
  }

  /**
   * How many commits the picture on screen is behind the newest one the page knows of.
   *
   * @param {number} newest sequence number, as `status` messages tell it
   */
  behind(newest) {
    if (this.paintedGeneration !== this.stream?.generation) return newest;
    return Math.max(0, newest - this.paintedSequence);
  }
}

/**
 * @param {unknown} value
 * @param {string} what
 * @returns {number}
 */
export function requireNumber(value, what) {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new WireError("bad-message", `${what} is ${JSON.stringify(value)}, not a number`);
}
