// @ts-check
/**
 * Ties the server's clock (nanoseconds of CLOCK_MONOTONIC) to the page's (`performance.now()`,
 * milliseconds).
 *
 * Each ping tells a round trip and, assuming that both ways took equally long, an offset; the
 * offset is wrong by at most half the round trip. A message that waits behind a large frame has
 * a long round trip, so the shortest of the last ones is taken.
 */

const kept = 30;

export class Clock {
  constructor() {
    /** @private @type {{roundTrip: number, offset: number}[]} */
    this.samples = [];
    /** @private @type {{roundTrip: number, offset: number} | null} */
    this.best = null;
  }

  /** Forgets everything: another server, another clock. */
  reset() {
    this.samples = [];
    this.best = null;
  }

  /** Whether a ping has come back. */
  get known() {
    return this.best !== null;
  }

  /** By how many milliseconds a time may be wrong at most. */
  get uncertainty() {
    return this.best === null ? Infinity : this.best.roundTrip / 2;
  }

  /**
   * One ping that came back.
   *
   * @param {number} sent page's clock, ms
   * @param {number} received server's clock on arrival, ns
   * @param {number} answered server's clock on departure, ns
   * @param {number} now page's clock, ms
   */
  add(sent, received, answered, now) {
    const roundTrip = Math.max(0, now - sent - (answered - received) / 1e6);
    const offset = (received + answered) / 2e6 - (sent + now) / 2;
    this.samples.push({ roundTrip, offset });
    if (this.samples.length > kept) this.samples.shift();
    this.best = this.samples.reduce((a, b) => (b.roundTrip <= a.roundTrip ? b : a));
  }

  /**
   * @param {number} milliseconds page's clock
   * @returns {number} server's clock, ns; NaN while it is not known
   */
  toServer(milliseconds) {
    return this.best === null ? NaN : (milliseconds + this.best.offset) * 1e6;
  }

  /**
   * @param {number} nanoseconds server's clock
   * @returns {number} page's clock, ms; NaN while it is not known
   */
  toPage(nanoseconds) {
    return this.best === null ? NaN : nanoseconds / 1e6 - this.best.offset;
  }
}
