// @ts-check
/**
 * The subscription to one stream by name: asked for when the stream is known, as its kind and shape
 * need it, and asked for anew when another generation needs it otherwise.
 */

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../client/subscription.js").SubscribeOptions} SubscribeOptions */
/** @typedef {import("../webmon.js").Subscription} Subscription */

/**
 * @typedef {object} FeedHandlers
 * @property {(stream: Stream) => {key: string, options: SubscribeOptions}} plan how a stream is
 *   asked for; a plan with another key replaces the subscription
 * @property {() => void} onSubscription another subscription, or none, is the present one
 */

export class Feed {
  /**
   * @param {import("../webmon.js").Server} server
   * @param {string} name
   * @param {FeedHandlers} handlers
   */
  constructor(server, name, handlers) {
    this.name = name;
    /** @type {Subscription | null} null: the stream was not there yet */
    this.subscription = null;
    /** @private */
    this.server = server;
    /** @private */
    this.handlers = handlers;
    /** @private */
    this.key = "";
    /** @private */
    this.stop = server.on("streams", () => this.look());
  }

  /** Asks for the stream, if it is there and was not asked for as it must be. */
  look() {
    const stream = this.server.streams.get(this.name);
    if (stream === undefined) return;
    const { key, options } = this.handlers.plan(stream);
    if (this.subscription !== null && key === this.key) return;
    this.key = key;
    const suspended = this.subscription?.suspended ?? false;
    if (this.subscription !== null) this.server.unsubscribe(this.subscription);
    this.subscription = this.server.subscribe(this.name, options);
    if (suspended) this.subscription.suspend();
    this.handlers.onSubscription();
  }

  /** @param {boolean} wanted whether data shall come */
  flow(wanted) {
    if (wanted) this.subscription?.resume();
    else this.subscription?.suspend();
  }

  close() {
    this.stop();
    if (this.subscription !== null) this.server.unsubscribe(this.subscription);
    this.subscription = null;
  }
}
