// @ts-check
/**
 * Measurements of the last seconds: how many, how much, which percentiles.
 */

const capacity = 4096;

/** @typedef {{p50: number, p95: number, p99: number, max: number, count: number}} Percentiles */

export class SlidingWindow {
  /** @param {number} span milliseconds that are looked back on */
  constructor(span) {
    this.span = span;
    /** @private */
    this.times = new Float64Array(capacity);
    /** @private */
    this.values = new Float64Array(capacity);
    /** @private */
    this.count = 0;
    /** @private */
    this.began = NaN;
  }

  /**
   * @param {number} time milliseconds, not before the one added last
   * @param {number} value
   */
  add(time, value) {
    if (this.count === 0) this.began = time;
    this.times[this.count % capacity] = time;
    this.values[this.count % capacity] = value;
    this.count += 1;
  }

  clear() {
    this.count = 0;
  }

  /**
   * The values of the last `span` milliseconds, newest first.
   *
   * @param {number} now
   */
  recent(now) {
    const values = [];
    const oldest = Math.max(0, this.count - capacity);
    for (let i = this.count - 1; i >= oldest; i -= 1) {
      if (this.times[i % capacity] < now - this.span) break;
      values.push(this.values[i % capacity]);
    }
    return values;
  }

  /**
   * How many and how much a second.
   *
   * @param {number} now
   * @returns {{perSecond: number, sumPerSecond: number}}
   */
  rate(now) {
    const values = this.recent(now);
    // Early on, or when the store is full, the values span less than the whole window.
    const first = (this.count - values.length) % capacity;
    const truncated = values.length === capacity;
    const since = truncated ? this.times[first] : Math.max(now - this.span, this.began);
    const seconds = Math.max(now - since, 250) / 1000;
    const sum = values.reduce((total, value) => total + value, 0);
    return values.length === 0
      ? { perSecond: 0, sumPerSecond: 0 }
      : { perSecond: values.length / seconds, sumPerSecond: sum / seconds };
  }

  /**
   * @param {number} now
   * @returns {Percentiles} NaN where there is none
   */
  percentiles(now) {
    const values = this.recent(now)
      .filter((value) => !Number.isNaN(value))
      .sort((a, b) => a - b);
    // Nearest rank: the smallest value that so many per cent do not exceed.
    const rank = (/** @type {number} */ p) => Math.max(0, Math.ceil(p * values.length) - 1);
    const at = (/** @type {number} */ p) => (values.length === 0 ? NaN : values[rank(p)]);
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), count: values.length };
  }
}
