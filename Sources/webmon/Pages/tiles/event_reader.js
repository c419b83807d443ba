// @ts-check
/**
 * Records of a tile log as events, and those of a view stream as views. Fields are found by name;
 * those that a producer leaves out are not known.
 */

import { scalarReader } from "../client/dtype.js";
import { columnsOf } from "../client/records.js";

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../client/frame.js").Frame} Frame */

/**
 * @typedef {object} TileEvent
 * @property {number} layer
 * @property {number} level
 * @property {number} row
 * @property {number} column
 * @property {number} state
 * @property {number} milliseconds NaN: not told
 * @property {number} nbytes 0: not told
 * @property {number} time seconds since 1970, NaN: not told
 */

/**
 * @typedef {object} ProducerView
 * @property {number} time
 * @property {number} frame
 * @property {number} top
 * @property {number} left
 * @property {number} bottom
 * @property {number} right
 * @property {number} level -1: not told
 * @property {number} canvasHeight
 * @property {number} canvasWidth
 */

export const eventFields = /** @type {const} */ (["level", "row", "column", "state"]);
export const viewFieldNames = /** @type {const} */ (["top", "left", "bottom", "right"]);

/**
 * Reads one field of a record, as a number.
 *
 * @param {Stream} stream
 * @param {string} name
 * @param {number} absent
 * @returns {(view: DataView, record: number) => number}
 */
function fieldReader(stream, name, absent) {
  const column = columnsOf(stream).find(({ path, shape }) => path === name && shape.length === 0);
  const read = column?.dtype ? scalarReader(column.dtype) : null;
  if (column === undefined || read === null) return () => absent;
  const { offset } = column;
  return (view, record) => Number(read(view, record + offset));
}

export class EventReader {
  /** @param {Stream} stream */
  constructor(stream) {
    /** @private */
    this.itemsize = stream.itemsize;
    const field = (/** @type {string} */ name, /** @type {number} */ absent) =>
      fieldReader(stream, name, absent);
    /** @private */
    this.fields = {
      layer: field("layer", 0),
      level: field("level", 0),
      row: field("row", 0),
      column: field("column", 0),
      state: field("state", 0),
      milliseconds: field("milliseconds", NaN),
      nbytes: field("nbytes", 0),
      time: field("time", NaN),
    };
  }

  /**
   * One object serves all events: there are many.
   *
   * @param {Frame} frame
   * @param {(event: TileEvent) => void} take
   */
  read(frame, take) {
    const { bytes } = frame;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { layer, level, row, column, state, milliseconds, nbytes, time } = this.fields;
    /** @type {TileEvent} */
    const event = { layer: 0, level: 0, row: 0, column: 0, state: 0, milliseconds: 0, nbytes: 0, time: 0 };
    for (let at = 0; at + this.itemsize <= bytes.byteLength; at += this.itemsize) {
      event.layer = layer(view, at);
      event.level = level(view, at);
      event.row = row(view, at);
      event.column = column(view, at);
      event.state = state(view, at);
      event.milliseconds = milliseconds(view, at);
      event.nbytes = nbytes(view, at);
      event.time = time(view, at);
      take(event);
    }
  }
}

/**
 * The newest view of a frame or of a batch of records.
 *
 * @param {Stream} stream
 * @param {Frame} frame
 * @returns {ProducerView | null} null if it is no rectangle
 */
export function readView(stream, frame) {
  const { bytes } = frame;
  const last = Math.floor(bytes.byteLength / stream.itemsize) - 1;
  if (last < 0) return null;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = (/** @type {string} */ name, /** @type {number} */ absent) =>
    fieldReader(stream, name, absent)(data, last * stream.itemsize);
  const view = {
    time: value("time", NaN),
    frame: value("frame", NaN),
    top: value("top", NaN),
    left: value("left", NaN),
    bottom: value("bottom", NaN),
    right: value("right", NaN),
    level: value("level", -1),
    canvasHeight: value("canvas_height", 0),
    canvasWidth: value("canvas_width", 0),
  };
  const isFinite = [view.top, view.left, view.bottom, view.right].every(Number.isFinite);
  return isFinite && view.bottom > view.top && view.right > view.left ? view : null;
}
