// @ts-check
/**
 * The connection to a webmon server: one WebSocket after another, and what goes over it.
 */

import { delayBeforeAttempt } from "./backoff.js";
import { Calls } from "./calls.js";
import { Clock } from "./clock.js";
import { expanded, isCompressed } from "./codec.js";
import { parseDataMessage, WireError } from "./message.js";
import { requireNumber, Subscription } from "./subscription.js";

/**
 * A stream as the server describes it (docs/wire-protocol.md).
 *
 * @typedef {object} Stream
 * @property {string} name
 * @property {"frames" | "log" | "array"} kind
 * @property {string} generation
 * @property {"live" | "closed" | "gone"} state
 * @property {string} descr numpy's descr
 * @property {string | null} dtype code of a plain dtype
 * @property {number} itemsize
 * @property {import("./records.js").Field[] | null} fields
 * @property {number[]} shape of one frame, of the array, or [records] of a log's ring
 * @property {number} slots
 * @property {number} nbytes
 * @property {number} [resident] bytes of memory that its file takes now
 * @property {boolean} [persist] its file stays after its writer's clean end
 * @property {number[] | null} tile
 * @property {boolean} recarray
 * @property {{[key: string]: unknown}} metadata
 * @property {number} sequence
 * @property {number} dropped
 * @property {number} readers
 * @property {number} writer process id
 * @property {number} created nanoseconds since 1970
 * @property {number} age_ns
 * @property {number} [rate] commits a second, from `status` messages
 * @property {Served} [served] from `status` messages
 * @property {Hops} [hops] from `status` messages, where somebody asked for it
 */

/**
 * What the server sent of a generation, over all sessions and bodies.
 *
 * @typedef {object} Served
 * @property {number} messages data messages that went wholly
 * @property {number} sent_bytes
 * @property {number} copied_bytes payload bytes that were copied on their way
 * @property {number} sends
 * @property {number} partial_sends
 * @property {number} lost commits that subscriptions were told they will not get
 * @property {number} leased frames that were leased, once each
 * @property {number} leases slots that are held now
 * @property {number} subscribers
 */

/**
 * How long the server's hops take, ns: over the last five seconds, and since the generation was
 * first subscribed to.
 *
 * @typedef {{count: number, p50?: number, p95?: number, p99?: number, max?: number}} HopFigures
 * @typedef {{recent: HopFigures, total: HopFigures}} Hop
 *
 * @typedef {object} Hops
 * @property {Hop} fill from when the writer took a slot to its commit
 * @property {Hop} notice from a commit until the server noticed it
 * @property {Hop} wait from a commit until the socket was given the first byte of its message
 * @property {Hop} send from a message's first byte until the kernel had taken its last one
 * @property {number} earlier messages of commits that were made before their subscription, and
 *   that `wait` leaves out
 */

/** @typedef {import("./calls.js").CommandTarget} CommandTarget */

/**
 * @typedef {object} ServerInfo
 * @property {string} version
 * @property {string} server random id of the server process
 * @property {string} directory of the segments
 * @property {boolean} readOnly it takes no commands and removes nothing
 */

/**
 * A process that has a stream open.
 *
 * @typedef {object} StreamProcess
 * @property {number} pid
 * @property {string} program its name, and after an interpreter the script's
 * @property {boolean} writer
 * @property {boolean} subscribed it asks for data
 * @property {number} leases slots that it uses in place now
 */

/**
 * What the connection is doing. `at` is the page's clock, ms; `attempts` counts those that
 * failed since the last connection.
 *
 * @typedef {{phase: "connecting", attempts: number}
 *   | {phase: "connected"}
 *   | {phase: "waiting", at: number, attempts: number, reason: string}
 *   | {phase: "closed", reason: string}} ConnectionState
 */

/**
 * What `on` tells.
 *
 * @typedef {object} Events
 * @property {ConnectionState} state the connection's state changed
 * @property {ReadonlyMap<string, Stream>} streams the list of streams, or something in it, changed
 * @property {readonly CommandTarget[]} commands the list of commands changed
 * @property {StatusMessage} status a status message came (see `watchStatus`)
 * @property {Error} error something was wrong that no subscription could be told
 */

/**
 * @typedef {object} StatusMessage
 * @property {number} clock
 * @property {{name: string, state: Stream["state"], sequence: number, age_ns: number,
 *   rate: number, dropped: number, readers: number, resident: number, served: Served,
 *   hops?: Hops}[]} streams
 * @property {{total: number, free: number} | null} [space] bytes of the file system that holds the
 *   segments; a total of 0: it has no limit
 * @property {{sent_bytes: number, copied_bytes: number, sends: number, partial_sends: number,
 *   messages: number, data_messages: number, lost: number, leases: number}} session
 * @property {Hops} [hops] of all streams together, where somebody asked for it
 */

/**
 * @typedef {object} ConnectOptions
 * @property {string | URL} [url] of the server, with `?token=` if it has one; default: where the
 *   page comes from. Node and Deno need it
 * @property {(error: Error) => void} [onError] default: to the console
 */

const protocol = "webmon.v1";
const pingEvery = 2000;
/** Pings follow each other faster at first, so that the clock is soon tied well. */
const firstPings = 5;
const firstPingEvery = 100;
/** What the server may take for work on segments: it waits so long for the directory's lock. */
const errandTime = 10_000;
/** A connection that has been silent for so long although pings went out is given up. */
const silenceLimit = 60_000;
/** A tab that is hidden for longer than this gives its frames up. */
const hiddenGrace = 3000;

export class Server {
  /** @param {ConnectOptions} [options] */
  constructor(options = {}) {
    /** @type {ConnectionState} */
    this.state = { phase: "connecting", attempts: 0 };
    /** @type {ServerInfo | null} of the last server that answered */
    this.info = null;
    /** @type {Map<string, Stream>} every stream there is, by name, kept up to date */
    this.streams = new Map();
    /** @type {readonly CommandTarget[]} who takes commands, and which, kept up to date */
    this.commands = [];
    /** Whether this connection's list of streams has come. */
    this.listed = false;
    this.clock = new Clock();
    /** @private */
    this.url = socketURL(options.url);
    /** @private of a server that asks for one; pages have a cookie instead */
    this.token = this.url.searchParams.get("token");
    /** @private @type {Map<keyof Events, Set<(event: any) => void>>} */
    this.listeners = new Map();
    /** @private @type {Set<Subscription>} */
    this.subscriptions = new Set();
    /** @private */
    this.calls = new Calls();
    /** @private @type {WebSocket | null} */
    this.socket = null;
    /** @private @type {Promise<void> | null} the last of what waits for a payload to be expanded */
    this.expanding = null;
    /** @private secret of the session that is connected */
    this.session = "";
    /** @private @type {{holder: import("./transport.js").Transport | null}} */
    this.body = { holder: null };
    /** @private */
    this.failures = 0;
    /** @private */
    this.lastId = 0;
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.retryTimer = undefined;
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.pingTimer = undefined;
    /** @private */
    this.lastHeard = 0;
    /** @private @type {Set<{every: number, hops: boolean}>} what each watcher wants, ms */
    this.statusWatchers = new Set();
    /** @private @type {Map<number, (milliseconds: number) => void>} pings that are waited for */
    this.echoes = new Map();
    /** @private @type {{resolve: (name: string) => void, reject: (error: Error) => void} | null} */
    this.measurement = null;
    if (options.onError !== undefined) this.on("error", options.onError);
    this.watchVisibility();
    this.connect();
  }

  /**
   * Calls back on every event of a type.
   *
   * @template {keyof Events} Type
   * @param {Type} type
   * @param {(event: Events[Type]) => void} listener
   * @returns {() => void} stops it
   */
  on(type, listener) {
    const listeners = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /**
   * Asks for a stream. It need not exist yet; whatever goes and comes, the subscription stays.
   *
   * @param {string} name
   * @param {import("./subscription.js").SubscribeOptions} options
   */
  subscribe(name, options) {
    const subscription = new Subscription(name, options, {
      send: (message) => this.send(message),
      newId: () => (this.lastId += 1),
      report: (error) => this.report(error),
      clock: this.clock,
      session: () => this.session,
      base: httpURL(this.url),
      token: this.token,
      receive: (buffer) => this.received(buffer, "fetch"),
      body: this.body,
      expanding: () => this.expanding,
    });
    this.subscriptions.add(subscription);
    if (this.state.phase === "connected") subscription.attach();
    return subscription;
  }

  /** @param {Subscription} subscription */
  unsubscribe(subscription) {
    subscription.suspend();
    this.subscriptions.delete(subscription);
  }

  /**
   * Calls a command of a producer.
   *
   * @param {string} name
   * @param {{[argument: string]: unknown}} [args] by name
   * @param {import("./calls.js").CallOptions} [options]
   * @returns {Promise<any>} what the command returned
   * @throws {import("./calls.js").CommandError} why it was not done, or not known to be done
   */
  call(name, args = {}, options = {}) {
    return this.calls.make(name, args, options, (text) => this.sendText(text));
  }

  /**
   * Removes a segment whose writer is gone. Readers keep what they have.
   *
   * @param {{name: string, generation: string}} stream this generation, and no other
   * @throws {import("./calls.js").CommandError} "busy": its writer lives; "superseded": another
   *   generation has its name; "not-found"; "read-only"
   */
  async remove({ name, generation }) {
    const message = { type: "remove", name, generation };
    await this.calls.ask(message, `the removal of ${name}`, errandTime, (t) => this.sendText(t));
  }

  /**
   * Who has a stream open, as far as the server's machine shows it.
   *
   * @param {string} name
   * @returns {Promise<StreamProcess[]>}
   */
  processes(name) {
    const message = { type: "processes", name };
    return this.calls.ask(message, `who has ${name} open`, errandTime, (t) => this.sendText(t));
  }

  /**
   * Asks for `status` messages. If several ask, the shortest interval holds for all.
   *
   * @param {number} milliseconds 100 to 60000
   * @param {{hops?: boolean}} [options] `hops`: how long each of the server's hops takes, too
   * @returns {() => void} asks no more
   */
  watchStatus(milliseconds, { hops = false } = {}) {
    const watcher = { every: milliseconds, hops };
    this.statusWatchers.add(watcher);
    this.sendStatusInterval();
    return () => {
      this.statusWatchers.delete(watcher);
      this.sendStatusInterval();
    };
  }

  /**
   * A ping there and back, ms.
   *
   * @returns {Promise<number>}
   * @throws {Error} if the connection is gone
   */
  roundTrip() {
    return new Promise((resolve, reject) => {
      const now = performance.now();
      if (!this.sendText(JSON.stringify({ type: "ping", t: now }))) {
        reject(new Error("there is no connection to the server"));
        return;
      }
      const stop = this.on("state", () => {
        stop();
        this.echoes.delete(now);
        reject(new Error("the connection to the server was lost"));
      });
      this.echoes.set(now, (milliseconds) => {
        stop();
        resolve(milliseconds);
      });
    });
  }

  /**
   * Asks the server for a stream to measure with (docs/throughput.md). It is this page's alone, and
   * there until `endMeasurement`, for a minute at most.
   *
   * @param {number} bytes of its messages, a multiple of 4096
   * @returns {Promise<string>} the name to subscribe to
   * @throws {Error} with the server's reason
   */
  measure(bytes) {
    this.measurement?.reject(new Error("another measurement was asked for"));
    return new Promise((resolve, reject) => {
      this.measurement = { resolve, reject };
      if (!this.sendText(JSON.stringify({ type: "measure", bytes }))) {
        this.measurementEnds("there is no connection to the server");
      }
    });
  }

  /** Gives the stream to measure with back. */
  endMeasurement() {
    this.send({ type: "measure", bytes: 0 });
  }

  /** @private @param {string} reason */
  measurementEnds(reason) {
    this.measurement?.reject(new Error(reason));
    this.measurement = null;
  }

  /** Tries to connect now instead of waiting longer. */
  retry() {
    if (this.state.phase === "waiting") this.connect();
  }

  /** Closes the connection for good. */
  close() {
    this.setState({ phase: "closed", reason: "closed by the page" });
    clearTimeout(this.retryTimer);
    clearTimeout(this.pingTimer);
    this.socket?.close(1000);
    this.socket = null;
    this.calls.lost("closed by the page");
    for (const subscription of this.subscriptions) subscription.detach();
  }

  /** @private */
  connect() {
    clearTimeout(this.retryTimer);
    this.setState({ phase: "connecting", attempts: this.failures });
    const socket = new WebSocket(this.url, protocol);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    // A socket that was given up may still report; only the current one is listened to.
    const current = (/** @type {() => void} */ act) => () => this.socket === socket && act();
    socket.onmessage = ({ data }) => current(() => this.received(data))();
    socket.onclose = ({ code, reason }) =>
      current(() => this.lost(reason !== "" ? reason : closeReason(code)))();
  }

  /** @private @param {string} reason */
  lost(reason) {
    clearTimeout(this.pingTimer);
    this.socket = null;
    this.session = "";
    this.listed = false;
    this.calls.lost(reason);
    this.measurementEnds(reason);
    for (const subscription of this.subscriptions) subscription.detach();
    const delay = delayBeforeAttempt(this.failures);
    this.failures += 1;
    this.retryTimer = setTimeout(() => this.connect(), delay);
    const at = performance.now() + delay;
    this.setState({ phase: "waiting", at, attempts: this.failures, reason });
  }

  /**
   * @private
   * @param {string | ArrayBuffer} data
   * @param {import("./transport.js").Way} [way]
   */
  received(data, way = "websocket") {
    const wire = typeof data === "string" ? 0 : data.byteLength;
    const now = performance.now();
    this.lastHeard = now;
    const { expanding } = this;
    // To expand takes a while; what comes meanwhile waits, so that everything keeps its order.
    if (expanding === null && (typeof data === "string" || !isCompressed(data))) {
      this.take(data, now, way, wire);
      return;
    }
    const { socket } = this;
    const done = (expanding ?? Promise.resolve()).then(async () => {
      try {
        const message = typeof data !== "string" && isCompressed(data) ? await expanded(data) : data;
        if (this.socket === socket) this.take(message, now, way, wire);
      } catch (error) {
        this.report(error instanceof Error ? error : new Error(String(error)));
      }
      if (this.expanding === done) this.expanding = null;
    });
    this.expanding = done;
  }

  /**
   * @private
   * @param {string | ArrayBuffer} data
   * @param {number} now when it came
   * @param {import("./transport.js").Way} way
   * @param {number} wire bytes of it as they came
   */
  take(data, now, way, wire) {
    try {
      if (typeof data === "string") this.control(data, now);
      else this.data(data, now, way, wire);
    } catch (error) {
      this.report(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /**
   * @private
   * @param {ArrayBuffer} buffer
   * @param {number} now
   * @param {import("./transport.js").Way} way
   * @param {number} wire
   */
  data(buffer, now, way, wire) {
    const message = parseDataMessage(buffer);
    // Data of a subscription that just ended may still be under way: not an error.
    this.byId(message.id)?.received(message, now, way, wire);
  }

  /** @private @param {unknown} id */
  byId(id) {
    for (const subscription of this.subscriptions) {
      if (subscription.id === id && id !== 0) return subscription;
    }
    return undefined;
  }

  /** @private @param {string} text @param {number} now */
  control(text, now) {
    /** @type {any} */
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      throw new WireError("bad-message", `a text message is not JSON: ${text.slice(0, 80)}`);
    }
    if (typeof message !== "object" || message === null) {
      throw new WireError("bad-message", `a text message is no object: ${text.slice(0, 80)}`);
    }
    switch (message.type) {
      case "hello":
        return this.greeted(message);
      case "streams":
        this.streams = new Map(message.streams.map((/** @type {Stream} */ s) => [s.name, s]));
        this.listed = true;
        return this.emit("streams", this.streams);
      case "added":
        this.streams.set(message.stream.name, message.stream);
        return this.emit("streams", this.streams);
      case "removed":
        this.streams.delete(message.name);
        return this.emit("streams", this.streams);
      case "commands":
        return this.commandsCame(message.targets);
      case "reply":
        return this.calls.replied(message);
      case "status":
        return this.statusCame(message);
      case "subscribed":
        return this.byId(message.id)?.subscribed(message.stream);
      case "waiting":
        return this.byId(message.id)?.waiting(String(message.reason));
      case "transport":
        return this.byId(message.id)?.turned(message);
      case "viewed":
        return this.byId(message.id)?.viewed({
          level: requireNumber(message.level, "`level` of a view"),
          region: message.region,
          sequence: requireNumber(message.seq, "`seq` of a view"),
        });
      case "gap":
        return this.byId(message.id)?.gap(
          requireNumber(message.from, "`from` of a gap"),
          requireNumber(message.to, "`to` of a gap"),
        );
      case "measuring":
        if (message.stream === null) return this.measurementEnds(String(message.reason));
        this.measurement?.resolve(String(message.stream));
        this.measurement = null;
        return;
      case "pong":
        this.echoes.get(message.t)?.(now - message.t);
        this.echoes.delete(message.t);
        return this.clock.add(
          requireNumber(message.t, "`t` of a pong"),
          requireNumber(message.received, "`received` of a pong"),
          requireNumber(message.clock, "`clock` of a pong"),
          now,
        );
      case "error": {
        const error = new WireError(String(message.code), String(message.message));
        const subscription = this.byId(message.id);
        return subscription !== undefined ? subscription.failed(error) : this.report(error);
      }
      default:
      // "unsubscribed" needs no answer; types of a newer server are none of ours.
    }
  }

  /** @private @param {any} hello */
  greeted(hello) {
    if (hello.protocol !== protocol) {
      const message = `the server speaks ${JSON.stringify(hello.protocol)}, not "${protocol}"`;
      throw new WireError("bad-message", message);
    }
    const { version, server, directory, read_only: readOnly } = hello;
    this.session = String(hello.session);
    this.info = { version, server, directory, readOnly: readOnly === true };
    this.failures = 0;
    this.clock.reset();
    // A server without producers that take commands does not tell of any.
    if (this.commands.length > 0) this.commandsCame([]);
    this.setState({ phase: "connected" });
    this.ping(0);
    this.sendStatusInterval();
    for (const subscription of this.subscriptions) subscription.attach();
  }

  /** @private @param {CommandTarget[]} targets */
  commandsCame(targets) {
    this.commands = targets;
    this.emit("commands", targets);
  }

  /** @private @param {StatusMessage} status */
  statusCame(status) {
    for (const { name, ...news } of status.streams) {
      const stream = this.streams.get(name);
      if (stream !== undefined) Object.assign(stream, news);
    }
    this.emit("status", status);
    this.emit("streams", this.streams);
  }

  /** @private @param {number} count of pings that went before it */
  ping(count) {
    const now = performance.now();
    if (count > 0 && now - this.lastHeard > silenceLimit) {
      this.socket?.close();
      this.lost(`nothing heard for ${Math.round(silenceLimit / 1000)} s`);
      return;
    }
    this.send({ type: "ping", t: now });
    const wait = count < firstPings ? firstPingEvery : pingEvery;
    this.pingTimer = setTimeout(() => this.ping(count + 1), wait);
  }

  /** @private */
  sendStatusInterval() {
    const watchers = [...this.statusWatchers];
    const every = watchers.length === 0 ? 0 : Math.min(...watchers.map((watcher) => watcher.every));
    this.send({ type: "status", every_ms: every, hops: watchers.some(({ hops }) => hops) });
  }

  /** @private @param {object} message */
  send(message) {
    this.sendText(JSON.stringify(message));
  }

  /** @private @param {string} text */
  sendText(text) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(text);
    return true;
  }

  /**
   * A hidden tab does not paint, so its credits stay out and nothing comes; giving the stream up
   * lets the producer know as well that nobody looks.
   *
   * @private
   */
  watchVisibility() {
    if (typeof document === "undefined") return;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    /** @type {Subscription[]} */
    let released = [];
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (document.visibilityState === "hidden") {
        timer = setTimeout(() => {
          released = [...this.subscriptions].filter((s) => s.releasesWhenHidden && !s.suspended);
          for (const subscription of released) subscription.suspend();
          for (const subscription of this.subscriptions) subscription.hide();
        }, hiddenGrace);
      } else {
        for (const subscription of released) {
          if (this.subscriptions.has(subscription)) subscription.resume();
        }
        released = [];
        this.retry();
      }
    });
    globalThis.addEventListener("online", () => this.retry());
  }

  /** @private @param {ConnectionState} state */
  setState(state) {
    this.state = state;
    this.emit("state", state);
  }

  /** @private @param {Error} error */
  report(error) {
    if ((this.listeners.get("error")?.size ?? 0) === 0) console.error("webmon:", error);
    this.emit("error", error);
  }

  /**
   * @private
   * @template {keyof Events} Type
   * @param {Type} type
   * @param {Events[Type]} event
   */
  emit(type, event) {
    for (const listener of this.listeners.get(type) ?? []) listener(event);
  }
}

/**
 * Connects to the server that the page comes from, and waits until it answers.
 *
 * @param {ConnectOptions} [options]
 * @returns {Promise<Server>}
 */
export function connect(options) {
  const server = new Server(options);
  return new Promise((resolve) => {
    const stop = server.on("state", ({ phase }) => {
      if (phase !== "connected") return;
      stop();
      resolve(server);
    });
  });
}

/** @param {string | URL} [base] @returns {URL} */
function socketURL(base) {
  const from = base ?? globalThis.location?.href ?? import.meta.url;
  if (base === undefined && !/^https?:/.test(from.toString())) {
    throw new TypeError('outside of a page the server\'s address is needed: connect({ url: "http://127.0.0.1:5000" })');
  }
  const url = new URL("/ws", from);
  const token = base === undefined ? null : new URL(base).searchParams.get("token");
  if (token !== null) url.searchParams.set("token", token);
  url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
  return url;
}

/** @param {URL} socket */
function httpURL(socket) {
  const url = new URL("/", socket);
  url.protocol = socket.protocol === "wss:" ? "https:" : "http:";
  return url;
}

/** @param {number} code */
function closeReason(code) {
  switch (code) {
    case 1000:
    case 1001:
      return "the server ended";
    case 1006:
      return "the connection was cut or refused";
    default:
      return `the server closed the connection (code ${code})`;
  }
}
