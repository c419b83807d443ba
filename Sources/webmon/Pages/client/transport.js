// @ts-check
/**
 * Which way the data of a subscription takes: the WebSocket, or an endless `fetch` body. Large
 * messages go faster over the one or the other, as the browser is; both are tried and measured.
 *
 * A change of the way is told by the server with a `transport` message, and it sends nothing more
 * of the subscription until this side has answered that all that was sent the old way is here.
 */

import { BodyReader } from "./body.js";
import { canShare, takePlace } from "./body_place.js";

/** @typedef {"websocket" | "fetch"} Way */

/**
 * What it is measured by: milliseconds that a MiB takes from when the server begins to send until
 * it is here; NaN where too little came.
 *
 * @typedef {{websocket: number, fetch: number}} Figures
 */

/**
 * What a subscription lends to its transport.
 *
 * @typedef {object} Owner
 * @property {(message: object) => void} send
 * @property {() => string | null} address of the body; null while the server does not know the
 *   subscription
 * @property {Record<string, string>} headers to ask for it with
 * @property {(buffer: ArrayBuffer) => void} receive
 * @property {(turn: number) => void} resume answers a turn
 * @property {() => number} id
 * @property {{holder: Transport | null}} body who of the page has the one body
 */

/** Bytes from which on the way of a message matters. */
const large = 256 * 1024;
/** Messages that a figure is the median of, at least and at most. */
const enough = 10;
const kept = 20;
/**
 * Milliseconds until the other way is tried again. The first messages come while the page still
 * loads: what they say is asked again soon, and twice as late each time that it was right.
 */
const firstReview = 5000;
/** At the most, and after it failed. */
const reviewAfter = 60_000;
/** When it got worse. */
const worseAfter = 10_000;
/** How much slower counts as worse. */
const worse = 2;
/** A body that the server has ended is waited for so long. */
const lastWait = 5000;
const mebibyte = 2 ** 20;

export class Transport {
  /**
   * @param {"auto" | Way} wanted
   * @param {Owner} owner
   */
  constructor(wanted, owner) {
    this.wanted = wanted;
    /** @type {Way} */
    this.current = "websocket";
    /** Why it is this one. */
    this.reason = wanted === "auto" ? "nothing large came yet" : `asked for ${wanted}`;
    /** @private */
    this.owner = owner;
    /** @private @type {Record<Way, {cost: number, bytes: number}[]>} newest last */
    this.samples = { websocket: [], fetch: [] };
    /** @private whether both were compared since the way last changed for a trial */
    this.settled = true;
    /** @private page's clock, ms */
    this.decidedAt = -Infinity;
    this.reviewAt = 0;
    /** @private @type {Way | null} what the last comparison chose; until the next one, ms */
    this.chosen = null;
    this.patience = firstReview;
    /** @private what the present way took when it was chosen, ms a MiB */
    this.chosenCost = NaN;
    /** @private since the last decision: frames passed over, time under way, the beginning */
    this.gaps = 0;
    this.busy = 0;
    this.since = NaN;
    /** @private @type {AbortController | null} of the body that is there or asked for */
    this.abort = null;
    /** @private @type {Promise<void>} settled when no body is there */
    this.ended = Promise.resolve();
    /** @private a change is under way */
    this.changing = false;
  }

  /** @returns {Figures} */
  get figures() {
    return { websocket: this.cost("websocket"), fetch: this.cost("fetch") };
  }

  /** A message came. @param {Way} way @param {number} took ms, or NaN @param {number} bytes @param {number} now */
  sample(way, took, bytes, now) {
    if (bytes > 0 && !Number.isNaN(took)) {
      const samples = this.samples[way];
      samples.push({ cost: Math.max(0, took) / (bytes / mebibyte), bytes });
      if (samples.length > kept) samples.shift();
      this.busy += Math.max(0, took);
      if (Number.isNaN(this.since)) this.since = now - took;
    }
    this.consider(now);
  }

  /** Commits were passed over: delivery is what limits the rate, or painting. */
  passedOver() {
    this.gaps += 1;
  }

  /** The server knows the subscription. @param {number} now */
  begin(now) {
    if (this.wanted === "fetch") this.reviewAt = now;
    this.consider(now);
  }

  /** The connection or the subscription is gone, and the body with it. */
  drop() {
    this.abort?.abort();
    this.current = "websocket";
    this.changing = false;
    this.reviewAt = 0;
    this.settled = true;
  }

  /** Gives the body up, without losing anything. @param {string} reason */
  leave(reason) {
    if (this.current !== "fetch" || this.changing) return;
    this.changing = true;
    this.reason = reason;
    this.owner.send({ type: "transport", id: this.owner.id(), transport: "websocket" });
  }

  /**
   * The server has turned to another way.
   *
   * @param {Way} way
   * @param {number} turn
   * @param {string} reason
   */
  async turned(way, turn, reason) {
    const id = this.owner.id();
    if (way === "websocket") {
      const { abort } = this;
      const timer = setTimeout(() => abort?.abort(), lastWait);
      await this.ended;
      clearTimeout(timer);
      // It was not this side that wanted it: not again at once.
      if (!this.changing) this.postpone(`the body ended: ${reason}`);
    }
    if (this.owner.id() !== id) return;
    this.current = way;
    this.changing = false;
    this.owner.resume(turn);
  }

  /** @private @param {number} now */
  consider(now) {
    if (this.changing || this.wanted === "websocket") return;
    if (this.wanted === "fetch") {
      if (this.current === "websocket" && now >= this.reviewAt) void this.fetch();
      return;
    }
    if (!this.settled) {
      const { websocket, fetch } = this.samples;
      if (websocket.length >= enough && fetch.length >= enough) this.decide(now);
      return;
    }
    if (now >= this.reviewAt || this.gotWorse(now)) this.tryOther(now);
  }

  /** @private @param {number} now */
  gotWorse(now) {
    return now - this.decidedAt >= worseAfter && this.cost(this.current) > worse * this.chosenCost;
  }

  /** Tries the other way, if it could matter. @private @param {number} now */
  tryOther(now) {
    const samples = this.samples[this.current];
    if (samples.length < enough) return;
    const average = samples.reduce((sum, { bytes }) => sum + bytes, 0) / samples.length;
    const limits = this.gaps > 0 || this.busy > (now - this.since) / 2;
    if (average < large) {
      this.reason = "its messages are small";
    } else if (!limits) {
      this.reason = "it is fast enough";
    } else if (this.current === "fetch") {
      this.settled = false;
      this.samples.websocket = [];
      this.leave("trying the WebSocket again");
    } else if (!canShare) {
      this.postpone("the tabs of this browser cannot share its few connections here");
    } else {
      this.settled = false;
      this.samples.fetch = [];
      void this.fetch();
    }
  }

  /** @private @param {number} now */
  decide(now) {
    const { websocket, fetch } = this.figures;
    const best = fetch < websocket ? "fetch" : "websocket";
    const text = (/** @type {number} */ cost) => cost.toFixed(cost < 10 ? 2 : 0);
    const reason =
      `faster: a MiB takes ${text(Math.min(fetch, websocket))} ms, over ` +
      `${best === "fetch" ? "the WebSocket" : "fetch"} ${text(Math.max(fetch, websocket))}`;
    this.settled = true;
    this.decidedAt = now;
    this.patience = best === this.chosen ? Math.min(2 * this.patience, reviewAfter) : firstReview;
    this.chosen = best;
    this.reviewAt = now + this.patience;
    this.chosenCost = Math.min(fetch, websocket);
    this.gaps = 0;
    this.busy = 0;
    this.since = now;
    if (best === "websocket") this.leave(reason);
    else if (this.current === "websocket") void this.fetch();
    this.reason = reason;
  }

  /** Median of the newest messages, ms a MiB. @private @param {Way} way */
  cost(way) {
    const costs = this.samples[way].slice(-enough).map(({ cost }) => cost);
    return costs.length < enough ? NaN : costs.sort((a, b) => a - b)[enough / 2];
  }

  /** Stays with the WebSocket for a while. @private @param {string} reason */
  postpone(reason) {
    this.reason = reason;
    this.settled = true;
    this.reviewAt = performance.now() + reviewAfter;
  }

  /** Fetches a body; what comes of it, the server tells over the WebSocket. @private */
  async fetch() {
    const { owner } = this;
    const address = owner.address();
    const isHidden = typeof document === "object" && document.visibilityState === "hidden";
    if (address === null || isHidden || owner.body.holder !== null) {
      this.settled = true;
      if (owner.body.holder === this) {
        // Its last body is not quite gone.
        void this.ended.then(() => this.consider(performance.now()));
      } else if (owner.body.holder !== null) {
        this.postpone("the page's one body is in use");
      }
      return;
    }
    this.changing = true;
    owner.body.holder = this;
    const abort = new AbortController();
    this.abort = abort;
    let release = null;
    let finished = () => {};
    this.ended = new Promise((resolve) => {
      finished = resolve;
    });
    try {
      release = await takePlace();
      if (release === null) throw new Error("the browser's other tabs have all the bodies");
      if (abort.signal.aborted) return;
      const answer = await fetch(address, {
        cache: "no-store",
        headers: owner.headers,
        signal: abort.signal,
      });
      if (!answer.ok || answer.body === null) throw new Error(await refusal(answer));
      await this.read(new BodyReader(answer.body));
    } catch (error) {
      if (!abort.signal.aborted) {
        this.postpone(`fetch failed: ${error instanceof Error ? error.message : error}`);
      }
      abort.abort();
      if (this.abort === abort && this.current === "websocket") this.changing = false;
    } finally {
      release?.();
      owner.body.holder = null;
      if (this.abort === abort) this.abort = null;
      finished();
    }
  }

  /** @private @param {BodyReader} reader */
  async read(reader) {
    let buffer = await reader.message();
    while (buffer !== null) {
      this.owner.receive(buffer);
      buffer = await reader.message();
    }
  }
}

/** @param {Response} answer */
async function refusal(answer) {
  try {
    const { error } = await answer.json();
    return `${answer.status} ${error.message}`;
  } catch {
    return String(answer.status);
  }
}
