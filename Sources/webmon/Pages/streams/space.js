// @ts-check
/**
 * How full the file system is that holds the segments: a full one is an error in every producer.
 */

import { element, setText } from "../shell/element.js";
import { formatBytes } from "../shell/format.js";

/** Where it becomes time to do something. */
const high = 0.8;

export class Space {
  /** @param {HTMLElement} container @param {HTMLElement} warning */
  constructor(container, warning) {
    /** @private */
    this.container = container;
    /** @private */
    this.warning = warning;
    /** @private */
    this.meter = element("meter", { min: "0", max: "1", high: String(high), low: String(high), optimum: "0" });
    /** @private */
    this.text = element("span");
    container.append(this.meter, this.text);
  }

  /**
   * @param {{total: number, free: number} | null | undefined} space
   * @param {string} directory
   * @param {number} leftover bytes that leftovers take
   */
  show(space, directory, leftover) {
    const isKnown = space != null && space.total > 0;
    this.container.hidden = !isKnown;
    this.warning.hidden = true;
    if (!isKnown) return;
    const used = 1 - space.free / space.total;
    const percent = `${Math.floor(100 * used)} %`;
    this.meter.value = used;
    this.meter.setAttribute("aria-label", `Memory file system, ${percent} used`);
    setText(this.text, `${percent} of ${formatBytes(space.total)} used, ${formatBytes(space.free)} free`);
    this.container.title = `The file system that holds ${directory}, with everything in it`;
    this.warning.hidden = used < high;
    const help =
      leftover > 0
        ? `Removing the leftovers frees up to ${formatBytes(leftover)}.`
        : "Close streams that are not used, or make rings shorter.";
    setText(
      this.warning,
      `The file system of ${directory} is ${percent} full: ${formatBytes(space.free)} are free. ` +
        `When it is full, no new stream can be made there. ${help}`,
    );
  }
}
