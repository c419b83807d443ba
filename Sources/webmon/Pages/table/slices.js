// @ts-check
/**
 * Long work in slices, so that the page stays smooth meanwhile.
 */

/** Milliseconds of work between two breaths. */
const slice = 8;

/** Work that was given up, since something else is wanted now. */
export class GivenUp extends Error {}

export class Slices {
  constructor() {
    /** @private */
    this.began = performance.now();
    this.isGivenUp = false;
  }

  /** Whether it is time for a breath: to be asked every thousand steps or so. */
  get isOver() {
    return performance.now() - this.began > slice;
  }

  /**
   * Lets the page have its turn.
   *
   * @throws {GivenUp}
   */
  async breathe() {
    // A message comes back at once even in a hidden tab, where timers are slowed down.
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve(undefined);
      };
      port2.postMessage(null);
    });
    if (this.isGivenUp) throw new GivenUp();
    this.began = performance.now();
  }

  giveUp() {
    this.isGivenUp = true;
  }
}
