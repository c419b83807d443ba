// @ts-check
/**
 * The stream that the table shows, as rows that grow or change.
 */

import { isIdle } from "../client/idle.js";
import { columnsOf } from "../client/records.js";
import { ArrayRows } from "./array_rows.js";
import { RecordRing } from "./record_ring.js";

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../client/frame.js").Frame} Frame */

/** Nobody reads an array's numbers faster; each time all of it travels. */
const statesPerSecond = 10;

/**
 * @typedef {object} FeedOptions
 * @property {() => void} onRows other rows than before: another stream, other fields, another plane
 * @property {() => void} onNews rows came, or something else is to be said
 */

export class Feed {
  /** @param {import("../webmon.js").Server} server @param {FeedOptions} options */
  constructor(server, options) {
    /** @private */
    this.server = server;
    /** @private */
    this.options = options;
    this.name = "";
    /** @type {import("../webmon.js").Subscription | null} */
    this.subscription = null;
    /** @type {RecordRing | ArrayRows | null} */
    this.rows = null;
    /** @type {Stream | null} what the rows are of */
    this.stream = null;
    /** What is wrong. */
    this.failure = "";
    /** Whether something came of the stream. */
    this.hasData = false;
    /** Publish time of the newest that came, the server's clock. */
    this.published = NaN;
    /** @private @type {Frame[]} whose credits are not back */
    this.unpainted = [];
    /** @private @type {Frame | null} a state that waits until the rows may change */
    this.pending = null;
    /** @private @type {"log" | "other"} what was asked for */
    this.asked = "log";
    /** @private */
    this.hold = 0;
    /** @private @type {number[]} */
    this.index = [];
  }

  /** @param {string} name @param {number} hold records of a log @param {number[]} index */
  choose(name, hold, index) {
    if (this.subscription !== null) this.server.unsubscribe(this.subscription);
    this.name = name;
    this.hold = hold;
    this.index = index;
    this.subscription = null;
    this.rows = null;
    this.stream = null;
    this.failure = "";
    this.hasData = false;
    this.unpainted = [];
    this.pending = null;
    const kind = this.server.streams.get(name)?.kind ?? "log";
    this.asked = kind === "log" ? "log" : "other";
    if (name !== "") this.subscribe();
    this.options.onRows();
  }

  /** @private */
  subscribe() {
    this.subscription = this.server.subscribe(this.name, {
      credit: "manual",
      credits: this.asked === "log" ? 4 : 1,
      maxFps: this.asked === "log" ? undefined : statesPerSecond,
      backlog: this.hold,
      // A hidden tab goes on with a log: what it does not take is gone.
      whenHidden: this.asked === "log" ? "keep" : "release",
      onSubscribed: (stream) => this.begin(stream),
      onWaiting: () => this.options.onNews(),
      onFrame: (frame) => this.take(frame),
      onError: (error) => {
        this.failure = error.message;
        this.options.onNews();
      },
    });
  }

  /** @private @param {Stream} stream */
  begin(stream) {
    this.failure = "";
    const kind = stream.kind === "log" ? "log" : "other";
    if (kind !== this.asked) {
      this.choose(this.name, this.hold, this.index);
      return;
    }
    const known = this.stream;
    this.stream = stream;
    const isSame = known?.descr === stream.descr && known.shape.join() === stream.shape.join();
    if (known !== null && isSame && this.rows !== null) {
      if (known.generation !== stream.generation && this.rows instanceof RecordRing) {
        this.rows.restart();
      }
      this.options.onNews();
      return;
    }
    this.rows =
      kind === "log"
        ? new RecordRing(columnsOf(stream), stream.itemsize, this.hold)
        : new ArrayRows(stream, this.index);
    this.hasData = false;
    this.options.onRows();
  }

  /** @private @param {Frame} frame */
  take(frame) {
    const { rows, stream } = this;
    const problem = stream === null ? "" : misfit(frame, stream);
    if (isIdle(frame.stream)) {
      frame.skip();
    } else if (rows === null || problem !== "") {
      this.failure = problem;
      frame.skip();
    } else {
      this.published = frame.published;
      this.hasData = true;
      if (rows instanceof RecordRing) {
        const count = Math.floor(frame.nbytes / rows.itemsize);
        rows.append(frame.bytes, count, frame.sequence);
        this.unpainted.push(frame);
      } else {
        this.pending?.skip();
        this.pending = frame;
      }
    }
    // A hidden tab has no pictures, after which credits would go back.
    if (document.visibilityState === "hidden") this.settle();
    this.options.onNews();
  }

  /** Shows the state that waits. @returns {boolean} whether there was one */
  showPending() {
    const { pending, rows } = this;
    if (pending === null || !(rows instanceof ArrayRows)) return false;
    rows.show(pending);
    this.unpainted.push(pending);
    this.pending = null;
    return true;
  }

  /** What came is on the screen. */
  settle() {
    for (const frame of this.unpainted) {
      if (document.visibilityState === "hidden") frame.skip();
      else frame.painted();
    }
    this.unpainted = [];
  }
}

/**
 * What a frame has that its stream's description says otherwise: rows would be read wrongly.
 *
 * @param {Frame} frame
 * @param {Stream} stream
 */
function misfit(frame, stream) {
  const isLog = stream.kind === "log";
  const [found, meant] = [frame.shape, stream.shape].map((shape) => shape.slice(1).join(", "));
  const fits = isLog
    ? frame.nbytes % stream.itemsize === 0
    : frame.shape.length === stream.shape.length && found === meant;
  if (fits && (frame.opcode === "records") === isLog) return "";
  return (
    `The server sent a ${frame.opcode} of shape (${frame.shape.join(", ")}) for ${stream.name}, ` +
    `which it describes as ${stream.kind} (${stream.shape.join(", ")}).`
  );
}
