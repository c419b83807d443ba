// @ts-check
/**
 * What the table shows rows of: the records of a log (`RecordRing`), or the state of an array
 * (`ArrayRows`).
 *
 * @typedef {object} Rows
 * @property {import("../client/records.js").Column[]} columns
 * @property {number} first position of the oldest row
 * @property {number} end position after the newest one
 * @property {number} capacity rows that are held at most
 * @property {number} lost records that will not come
 * @property {number} newest number of the newest commit
 * @property {number} nbytes
 * @property {(position: number) => DataView} viewOf
 * @property {(position: number) => number} startOf where the row begins in its view
 * @property {(position: number) => number} numberOf sequence number, or index
 * @property {(position: number) => string} labelOf
 * @property {(position: number) => import("./record_ring.js").Break | null} breakAt
 * @property {(position: number, column: import("../client/records.js").Column) => boolean} hasChanged
 */

export {};
