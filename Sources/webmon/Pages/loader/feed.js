// @ts-check
/**
 * One log as all graphs of the page see it: subscribed once, and its newest records held.
 */

import { History, heldAtMost } from "./history.js";
import { plotColumns } from "./plot_columns.js";
import { clockOf } from "./conventions.js";

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("./plot_columns.js").PlotColumn} PlotColumn */

/** Bytes that are asked for of what a log already has. */
const backlogBytes = 16e6;
/** Columns that are held whether they are plotted or not, so that another choice has its past. */
const columnsAtMost = 12;
/** Records that the table can show. */
const tableRecords = 200;

export class Feed {
  /**
   * @param {import("../webmon.js").Server} server
   * @param {string} name
   */
  constructor(server, name) {
    this.server = server;
    this.name = name;
    this.history = new History();
    /** @type {readonly PlotColumn[]} */
    this.columns = [];
    /** @type {Stream | null} of the generation that comes */
    this.stream = null;
    /** Records that the server told will not come. */
    this.lost = 0;
    /** What was wrong last, "" if nothing. */
    this.failure = "";
    /** Counts generations: whoever made something for one makes it anew for the next. */
    this.generation = 0;
    /** @private */
    this.layout = "";
    /** @private @type {import("./history.js").Timing} */
    this.timing = { clock: null, created: 0 };
    /** @private @type {Frame | null} the newest one, until it is drawn */
    this.undrawn = null;
    /** The newest frames, as many as the table needs. @type {Frame[]} */
    this.newestFrames = [];
    const stream = server.streams.get(name);
    const most = Math.floor(backlogBytes / Math.max(1, stream?.itemsize ?? 64));
    this.subscription = server.subscribe(name, {
      policy: "all",
      credit: "manual",
      credits: 8,
      backlog: Math.min(heldAtMost, most, stream?.slots ?? 65_536),
      onSubscribed: (described) => this.begin(described),
      onFrame: (frame) => this.take(frame),
      onGap: (from, to) => (this.lost += to - from + 1),
      onError: (error) => (this.failure = error.message),
    });
  }

  /** @private @param {Stream} stream */
  begin(stream) {
    this.failure = "";
    this.stream = stream;
    this.generation += 1;
    this.newestFrames = [];
    // A producer that came back with the same fields goes on where it was.
    const layout = JSON.stringify([stream.descr, stream.metadata.field_units]);
    if (layout !== this.layout) {
      this.layout = layout;
      this.columns = plotColumns(stream);
      this.history = new History();
      for (const column of this.columns.slice(0, columnsAtMost)) this.history.hold(column);
    }
    this.timing = { clock: clockOf(stream, this.columns), created: stream.created / 1e6 };
  }

  /** @private @param {Frame} frame */
  take(frame) {
    const { server } = this;
    const page = server.clock.known ? server.clock.toPage(frame.published) : frame.received;
    const arrived = performance.timeOrigin + frame.received;
    const committed = Math.min(arrived, performance.timeOrigin + page);
    const { itemsize } = frame.stream;
    this.history.add(frame.bytes, itemsize, frame.sequence, committed, arrived, this.timing);
    // The next may come at once; the newest one is told when it is on screen.
    this.undrawn?.skip();
    this.undrawn = frame;
    this.newestFrames.push(frame);
    let records = 0;
    const enough = this.newestFrames.findLastIndex(({ nbytes }) => (records += nbytes / itemsize) >= tableRecords);
    if (enough > 0) this.newestFrames.splice(0, enough);
  }

  /** Holds a column that is chosen and may not be among those that are held anyway. @param {string} key */
  hold(key) {
    const column = this.column(key);
    if (column !== null) this.history.hold(column);
  }

  /** @param {string} key @returns {PlotColumn | null} */
  column(key) {
    return this.columns.find((column) => column.key === key) ?? null;
  }

  /** What came is on screen. */
  drawn() {
    const frame = this.undrawn;
    this.undrawn = null;
    if (frame !== null && !frame.settled) frame.painted();
  }

  clear() {
    this.history.clear();
    this.lost = 0;
  }

  close() {
    this.server.unsubscribe(this.subscription);
  }
}
