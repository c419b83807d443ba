// @ts-check
/**
 * What is known of all tiles of an image, from the events of its log.
 */

import { encode } from "./tile_block.js";
import { restated, states } from "./states.js";
import { TileLevel } from "./tile_level.js";

/** @typedef {import("./event_reader.js").TileEvent} TileEvent */
/** @typedef {import("./declaration.js").Declaration} Declaration */

/** Times count from so many seconds before the first one: earlier ones exist, too. */
const earlier = 100_000_000;

export class TileModel {
  /** @param {Declaration} declaration */
  constructor(declaration) {
    this.declaration = declaration;
    this.layers = declaration.layers.map(({ levels }) => levels.map((level) => new TileLevel(level)));
    /** Seconds since 1970 from which times count; NaN: nothing came yet. */
    this.begin = NaN;
    /** Whether the present state of every tile is known. */
    this.isWhole = false;
    /** Events that were lost since all was known. */
    this.lost = 0;
    /** Events that name no tile of the image, and the first of them in words. */
    this.strange = 0;
    this.firstStrange = "";
    /** The shortest and the longest load, as codes; 0: none was told. */
    this.quickest = 0;
    this.slowest = 0;
    /** @private @type {{left: number, events: TileEvent[]} | null} a restatement that is coming */
    this.restating = null;
  }

  /** Forgets everything: it will be said again. */
  clear() {
    for (const level of this.layers.flat()) level.clear();
    this.isWhole = false;
    this.lost = 0;
    this.strange = 0;
    this.restating = null;
    this.quickest = this.slowest = 0;
  }

  /** Events will not come. @param {number} count */
  gap(count) {
    this.restating = null;
    this.isWhole = false;
    this.lost += count;
  }

  /**
   * @param {TileEvent} event is not kept
   * @param {number} now seconds since 1970, for events without a time
   */
  take(event, now) {
    if (event.state === restated) {
      this.restating = { left: event.nbytes, events: [] };
    } else if (this.restating === null) {
      this.apply(event, now);
      return;
    } else {
      this.restating.events.push({ ...event });
      this.restating.left -= 1;
    }
    if (this.restating.left > 0) return;
    // All at once: tiles must not vanish while the restatement comes.
    const { events } = this.restating;
    this.clear();
    for (const each of events) this.apply(each, now);
    this.isWhole = true;
  }

  /** @private @param {TileEvent} event @param {number} now */
  apply(event, now) {
    const level = this.layers[event.layer]?.[event.level];
    const { row, column, state } = event;
    const isTile = level !== undefined && row >= 0 && row < level.rows && column >= 0 && column < level.columns;
    if (!isTile || states[state] === undefined || !Number.isInteger(row + column)) {
      this.strange += 1;
      if (this.strange === 1) {
        this.firstStrange = `layer ${event.layer}, level ${event.level}, row ${row}, column ${column}, state ${state}`;
      }
      return;
    }
    const time = Number.isFinite(event.time) ? event.time : now;
    if (Number.isNaN(this.begin)) this.begin = Math.floor(time) - earlier;
    level.take(event, time - this.begin);
    if (event.milliseconds >= 0) {
      const code = encode(event.milliseconds);
      this.slowest = Math.max(this.slowest, code);
      this.quickest = this.quickest === 0 ? code : Math.min(this.quickest, code);
    }
  }
}
