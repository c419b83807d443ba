// @ts-check
/**
 * A data message: bytes to values, checked. The layout is in docs/wire-protocol.md.
 */

import { hostIsLittleEndian, plainDtypes } from "./dtype.js";

/** What the server sent does not follow the protocol, or it reported an error. */
export class WireError extends Error {
  /**
   * @param {string} code a word for programs: "bad-message", or the server's own error code
   * @param {string} message what was wrong, where, what was found, what would be right
   */
  constructor(code, message) {
    super(message);
    this.name = "WireError";
    this.code = code;
  }
}

/** @typedef {"frame" | "records" | "array" | "tile"} Opcode */

/** @type {readonly (Opcode | undefined)[]} */
const opcodes = [undefined, "frame", "records", "array", "tile"];

/**
 * @typedef {object} DataMessage
 * @property {Opcode} opcode
 * @property {number} id subscription
 * @property {string} generation 16 hexadecimal digits
 * @property {number} sequence
 * @property {number} published server's clock, ns
 * @property {number} sent server's clock, ns
 * @property {number} lost commits that this subscription was told it will not get, so far
 * @property {number} level
 * @property {number} plane
 * @property {{y: number, x: number, h: number, w: number}} region
 * @property {number} records number of records, 0 unless the opcode is "records"
 * @property {import("./dtype.js").PlainDtype | null} dtype null: see the stream's fields
 * @property {boolean} swapped whether the payload's plain dtype is not in this machine's order
 * @property {boolean} sampled only a regular part of the source was looked at
 * @property {number[]} shape of the payload
 * @property {ArrayBuffer} buffer the whole message
 * @property {number} offset of the payload in `buffer`, a multiple of 16
 * @property {number} length of the payload in bytes
 */

const magic = 0x31444d57; // "WMD1"
const fixedHeader = 96;

/** Bytes at the beginning of every message, from which `messageBytes` finds its length. */
export const headerBytes = fixedHeader;

/**
 * The length of a message whose first bytes are known.
 *
 * @param {DataView} view of `headerBytes` bytes
 * @returns {number}
 * @throws {WireError} with code "bad-message"
 */
export function messageBytes(view) {
  if (view.getUint32(0, true) !== magic) {
    throw bad(`begins with 0x${view.getUint32(0, false).toString(16)}, not with "WMD1"`);
  }
  const offset = Math.ceil((view.getUint8(6) * 8) / 16) * 16;
  if (offset < fixedHeader) throw bad(`has a header of ${offset} bytes, at least 96 are needed`);
  const length = Number(view.getBigUint64(48, true));
  if (length > Number.MAX_SAFE_INTEGER - offset) throw bad(`has a payload of ${length} bytes`);
  return offset + length;
}

/**
 * Reads a data message. Nothing is copied: the payload stays where it is in `buffer`.
 *
 * @param {ArrayBuffer} buffer
 * @returns {DataMessage}
 * @throws {WireError} with code "bad-message"
 */
export function parseDataMessage(buffer) {
  if (buffer.byteLength < fixedHeader) {
    throw bad(`has ${buffer.byteLength} bytes, its header alone needs ${fixedHeader}`);
  }
  const view = new DataView(buffer);
  if (view.getUint32(0, true) !== magic) {
    throw bad(`begins with 0x${view.getUint32(0, false).toString(16)}, not with "WMD1"`);
  }
  if (view.getUint8(4) !== 1) throw bad(`has version ${view.getUint8(4)}, known is 1`);
  const opcode = opcodes[view.getUint8(5)];
  if (opcode === undefined) throw bad(`has opcode ${view.getUint8(5)}, known are 1 to ${opcodes.length - 1}`);
  if (view.getUint8(7) !== 0) throw bad(`has codec ${view.getUint8(7)}, known is 0`);

  const dimensions = view.getUint8(11);
  const headerLength = view.getUint8(6) * 8;
  const offset = Math.ceil(headerLength / 16) * 16;
  if (headerLength < fixedHeader + 4 * dimensions || offset > buffer.byteLength) {
    throw bad(
      `has a header of ${headerLength} bytes, which does not fit ${dimensions} dimensions ` +
        `and a message of ${buffer.byteLength} bytes`,
    );
  }
  const length = Number(view.getBigUint64(48, true));
  if (offset + length !== buffer.byteLength) {
    throw bad(
      `has ${buffer.byteLength} bytes, its header says ${offset} and a payload of ${length}`,
    );
  }
  const code = view.getUint8(10);
  const dtype = plainDtypes[code];
  if (dtype === undefined) {
    throw bad(`has dtype code ${code}, known are 0 to ${plainDtypes.length - 1}`);
  }
  const shape = [];
  for (let axis = 0; axis < dimensions; axis += 1) {
    shape.push(view.getUint32(fixedHeader + 4 * axis, true));
  }
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (dtype !== null && count * dtype.itemsize !== length) {
    throw bad(
      `has a payload of ${length} bytes, but ${dtype.name} of shape (${shape.join(", ")}) ` +
        `needs ${count * dtype.itemsize}`,
    );
  }
  const flags = view.getUint16(8, true);
  const bigEndian = (flags & 1) !== 0;
  return {
    opcode,
    id: view.getUint32(12, true),
    generation: view.getBigUint64(16, true).toString(16).padStart(16, "0"),
    sequence: Number(view.getBigUint64(24, true)),
    published: Number(view.getBigUint64(32, true)),
    sent: Number(view.getBigUint64(40, true)),
    lost: Number(view.getBigUint64(56, true)),
    level: view.getUint32(64, true),
    plane: view.getUint32(68, true),
    region: {
      y: view.getUint32(72, true),
      x: view.getUint32(76, true),
      h: view.getUint32(80, true),
      w: view.getUint32(84, true),
    },
    records: view.getUint32(92, true),
    dtype,
    swapped: bigEndian === hostIsLittleEndian,
    sampled: (flags & 2) !== 0,
    shape,
    buffer,
    offset,
    length,
  };
}

/** @param {string} what */
function bad(what) {
  return new WireError("bad-message", `a data message ${what}`);
}
