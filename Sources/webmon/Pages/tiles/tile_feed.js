// @ts-check
/**
 * The two streams of an image's tiles: the log of events, and the producer's view. Over kills,
 * restarts and lost events it keeps the model true, or says that it may not be.
 */

import { missingFields, readDeclaration, isTileLog, role } from "./declaration.js";
import { EventReader, eventFields, readView, viewFieldNames } from "./event_reader.js";
import { TileModel } from "./tile_model.js";

/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../client/subscription.js").Subscription} Subscription */

/** As many records as there are in any ring. */
const wholeRing = 2 ** 31;
/** Events that are under way or not painted, in messages. */
const credits = 4;

export class TileFeed {
  /**
   * @param {import("../webmon.js").Server} server
   * @param {string} name of the log
   * @param {{onBegin: (model: TileModel) => void, onEvents: () => void,
   *   onView: (view: import("./event_reader.js").ProducerView) => void, onChange: () => void}} events
   *   onBegin: another generation; onEvents: tiles changed; onChange: there is news to say
   */
  constructor(server, name, events) {
    /** @type {TileModel | null} null until something is known of the log */
    this.model = null;
    /** Why the log cannot be shown, "" if it can. */
    this.failure = "";
    /** Why there is no view, "" if there is one. */
    this.viewComplaint = "";
    /** Of the log that was found last. */
    this.generation = "";
    /** Whether a batch of events came. */
    this.hasEvents = false;
    /** Sequence number of the newest event. */
    this.sequence = 0;
    /** When that one was committed, page's clock, ms. */
    this.published = NaN;
    /** @private */
    this.server = server;
    /** @private */
    this.events = events;
    /** @private @type {EventReader | null} */
    this.reader = null;
    /** @private whether the next batch is the first of a subscription: all is said from there */
    this.isFirst = true;
    /** @private the producer's clock less the page's, seconds */
    this.ahead = NaN;
    /** @private @type {Frame[]} */
    this.unpainted = [];
    /** @private @type {Subscription | null} */
    this.view = null;
    this.subscription = server.subscribe(name, {
      backlog: wholeRing,
      credits,
      credit: "manual",
      onSubscribed: (stream) => this.begin(stream),
      onWaiting: () => events.onChange(),
      onFrame: (frame) => this.take(frame),
      onGap: (from, to) => {
        this.model?.gap(to - from + 1);
        events.onChange();
      },
      onError: (error) => {
        this.failure = error.message;
        events.onChange();
      },
    });
  }

  /** Seconds since 1970, by the producer's clock. */
  get now() {
    const here = performance.now() / 1000;
    return Number.isNaN(this.ahead) ? Date.now() / 1000 : here + this.ahead;
  }

  end() {
    this.server.unsubscribe(this.subscription);
    this.endView();
  }

  /** @private @param {Stream} stream */
  begin(stream) {
    this.isFirst = true;
    this.failure = complaintAbout(stream);
    const isNew = this.model === null || this.generation !== stream.generation;
    this.generation = stream.generation;
    this.reader = new EventReader(stream);
    if (this.failure !== "") {
      // What it sends cannot be used. Another generation may be better: whoever made this looks.
      this.subscription.suspend();
      this.events.onChange();
      return;
    }
    if (isNew) {
      this.model = new TileModel(readDeclaration(stream));
      // Nothing was ever said: that is all there is.
      this.model.isWhole = stream.sequence === 0;
      this.hasEvents = false;
      this.sequence = 0;
      this.endView();
      this.events.onBegin(this.model);
      this.beginView(this.model.declaration.view);
    }
    this.events.onChange();
  }

  /** @private @param {Frame} frame */
  take(frame) {
    const { model, reader } = this;
    if (model === null || reader === null || this.failure !== "") {
      frame.skip();
      return;
    }
    const count = Math.floor(frame.nbytes / frame.stream.itemsize);
    if (this.isFirst) {
      // After the connection came back the whole ring comes again.
      this.isFirst = false;
      model.clear();
      model.isWhole = frame.sequence - count + 1 === 1;
    }
    this.hasEvents = true;
    this.sequence = frame.sequence;
    this.published = this.server.clock.toPage(frame.published);
    let last = NaN;
    const { now } = this;
    reader.read(frame, (event) => {
      last = event.time;
      model.take(event, now);
    });
    const ahead = last - this.published / 1000;
    if (Number.isFinite(ahead)) this.ahead = ahead;
    this.unpainted.push(frame);
    this.events.onEvents();
  }

  /** What came so far is on screen. */
  painted() {
    for (const frame of this.unpainted) frame.painted();
    this.unpainted = [];
  }

  /** @private @param {string} name */
  beginView(name) {
    if (name === "") {
      this.viewComplaint = "Its metadata name no `view`: what the producer sees is not known.";
      return;
    }
    this.viewComplaint = `${name}, the stream of its view, is not there.`;
    this.view = this.server.subscribe(name, {
      backlog: 1,
      onSubscribed: (stream) => {
        const missing = missingFields(stream, viewFieldNames);
        this.viewComplaint = missing.length === 0 ? "" : `${name}, the stream of its view, has no numbers ${missing.join(", ")}.`;
        this.events.onChange();
      },
      onWaiting: () => this.events.onChange(),
      onFrame: (frame) => {
        if (this.viewComplaint !== "") return;
        const view = readView(frame.stream, frame);
        if (view !== null) this.events.onView(view);
      },
      onError: (error) => {
        this.viewComplaint = `${name}: ${error.message}`;
        this.events.onChange();
      },
    });
  }

  /** @private */
  endView() {
    if (this.view !== null) this.server.unsubscribe(this.view);
    this.view = null;
    this.viewComplaint = "";
  }
}

/** What a tile log has that this stream has not, "" if nothing. @param {Stream} stream */
function complaintAbout(stream) {
  if (stream.kind !== "log") return `${stream.name} is ${stream.kind === "array" ? "an array" : "a stream of frames"}: tiles are told in a log.`;
  if (!isTileLog(stream)) {
    const found = JSON.stringify(stream.metadata.role) ?? "missing";
    return `\`role\` in its metadata is ${found.slice(0, 80)}; "${role}" says that a log tells of tiles.`;
  }
  const missing = missingFields(stream, eventFields);
  if (missing.length > 0) return `Its records lack ${missing.join(", ")}, or these are no numbers; ${eventFields.join(", ")} are needed.`;
  const { layers, problems } = readDeclaration(stream);
  return layers.some(({ levels }) => levels.length > 0) ? "" : problems.join(" ");
}
