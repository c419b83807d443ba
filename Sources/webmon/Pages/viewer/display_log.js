// @ts-check
/**
 * How the producer itself displays a stream, where its metadata say `"display": {"log": NAME,
 * "layer": NUMBER}`: the newest record of that layer in the log.
 */

import { isColormap } from "../image/colormaps.js";

/** @typedef {import("../client/frame.js").Frame} Frame */

/**
 * @typedef {object} ProducerLook
 * @property {import("./given_contrast.js").Limits | null} limits null: it has none
 * @property {number} gamma
 * @property {string | null} colormap null: none that this page knows
 * @property {string} colormapName as the producer calls it
 */

/** As many records as there are in any ring. */
const wholeRing = 2 ** 31;

/**
 * @param {{[key: string]: unknown}} metadata
 * @returns {{log: string, layer: number} | null} null if the producer tells of no display
 */
export function displayOf({ display }) {
  if (typeof display !== "object" || display === null) return null;
  const { log, layer } = /** @type {{[key: string]: unknown}} */ (display);
  return typeof log === "string" && log !== "" && typeof layer === "number" ? { log, layer } : null;
}

export class DisplayLog {
  /**
   * @param {import("../webmon.js").Server} server
   * @param {(look: ProducerLook) => void} onLook
   */
  constructor(server, onLook) {
    /** @private */
    this.server = server;
    /** @private */
    this.onLook = onLook;
    /** @private @type {{log: string, layer: number} | null} */
    this.display = null;
    /** @private @type {import("../webmon.js").Subscription | null} */
    this.subscription = null;
    /** @private @type {ProducerLook | null} */
    this.newest = null;
  }

  /** Follows what metadata name; tells at once what is known of it. @param {{[key: string]: unknown}} metadata */
  begin(metadata) {
    const display = displayOf(metadata);
    const isSame = display?.log === this.display?.log && display?.layer === this.display?.layer;
    if (!isSame) {
      this.end();
      this.display = display;
      if (display !== null) this.subscribe(display.log);
    }
    if (this.newest !== null) this.onLook(this.newest);
  }

  end() {
    if (this.subscription !== null) this.server.unsubscribe(this.subscription);
    this.subscription = null;
    this.display = null;
    this.newest = null;
  }

  /** @private @param {string} log */
  subscribe(log) {
    this.subscription = this.server.subscribe(log, {
      backlog: wholeRing,
      onFrame: (frame) => this.take(frame),
      // The picture has limits of its own, and is none the worse for it.
      onError: () => {},
    });
  }

  /** @private @param {Frame} frame */
  take(frame) {
    const { records, stream } = frame;
    const names = new Set(records.columns.map(({ path }) => path));
    if (this.display === null || stream.name !== this.display.log || !names.has("layer")) return;
    const value = (/** @type {number} */ at, /** @type {string} */ name) => (names.has(name) ? records.get(at, name) : null);
    let at = records.length - 1;
    while (at >= 0 && Number(value(at, "layer")) !== this.display.layer) at -= 1;
    // A layer that is gone looks like nothing any more: its last picture stays as it is.
    if (at < 0 || Number(value(at, "order") ?? 0) < 0) return;
    const limits = ["contrast_low", "contrast_high"].map((name) => Number(value(at, name) ?? NaN));
    const gamma = Number(value(at, "gamma") ?? 1);
    const colormap = String(value(at, "colormap") ?? "");
    this.newest = {
      limits: limits.every(Number.isFinite) ? [limits[0], limits[1]] : null,
      gamma: gamma > 0 && Number.isFinite(gamma) ? gamma : 1,
      colormap: isColormap(colormap) ? colormap : null,
      colormapName: String(value(at, "colormap_name") ?? ""),
    };
    this.onLook(this.newest);
  }
}
