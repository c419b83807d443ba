// @ts-check
/**
 * Work that live data ask for again and again, done seldom enough not to slow the picture: at most
 * ten times a second, and at most a fifth of the time.
 */

export class Cadence {
  /** @param {() => void} work */
  constructor(work) {
    /** @private */
    this.work = work;
    /** @private page's clock, ms */
    this.next = 0;
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Does the work soon, with what is there then. */
  request() {
    const wait = Math.max(0, this.next - performance.now());
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const began = performance.now();
      this.work();
      const ended = performance.now();
      this.next = began + Math.max(100, 5 * (ended - began));
    }, wait);
  }
}
