// @ts-check
/**
 * The table of one log's newest records.
 */

import { RecordsTable } from "../table/records_table.js";

/** @typedef {import("./feed.js").Feed} Feed */
/** @typedef {import("../client/frame.js").Frame} Frame */

export class Newest {
  /** @param {HTMLElement} container */
  constructor(container) {
    /** @private */
    this.container = container;
    /** @private */
    this.table = new RecordsTable(container);
    /** @private what the table was begun for */
    this.begun = "";
    /** @private @type {Frame | null} the newest one that is in the table */
    this.last = null;
  }

  /** Begins anew: with what comes from now on. @param {Feed | null} feed */
  clear(feed) {
    this.last = feed?.newestFrames.at(-1) ?? null;
    if (feed?.stream) this.table.begin(feed.stream);
  }

  /** @param {Feed | null} feed */
  show(feed) {
    if (feed === null || feed.stream === null) return;
    const key = `${feed.name} ${feed.stream.generation}`;
    if (key !== this.begun) {
      this.begun = key;
      this.last = null;
      this.table.begin(feed.stream);
    }
    const { newestFrames } = feed;
    const from = this.last === null ? 0 : newestFrames.indexOf(this.last) + 1;
    for (const frame of newestFrames.slice(from)) {
      if (frame.generation === feed.stream.generation) this.table.show(frame);
      this.last = frame;
    }
    if (this.last !== null) this.container.dataset.sequence = String(this.last.sequence);
  }
}
