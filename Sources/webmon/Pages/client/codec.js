// @ts-check
/**
 * Undoes what a server does to payloads for slow links: bytes shuffled by element, then deflated.
 */

import { WireError } from "./message.js";

/** Bytes before the deflated ones: itemsize (u32), 0 (u32), length of the payload as it was (u64). */
const prefix = 16;
/** No server compresses more at once. */
const largest = 2 ** 31;

/** @param {ArrayBuffer} buffer a data message */
export const isCompressed = (buffer) =>
  buffer.byteLength > 8 && new DataView(buffer).getUint8(7) === 1;

/**
 * The same data message with its payload as it was.
 *
 * @param {ArrayBuffer} buffer
 * @returns {Promise<ArrayBuffer>}
 * @throws {WireError} with code "bad-message"
 */
export async function expanded(buffer) {
  const view = new DataView(buffer);
  const start = Math.ceil((view.getUint8(6) * 8) / 16) * 16;
  if (start + prefix > buffer.byteLength) throw bad(`has ${buffer.byteLength} bytes`);
  const itemsize = view.getUint32(start, true);
  const length = Number(view.getBigUint64(start + 8, true));
  if (itemsize === 0 || length > largest) {
    throw bad(`says it had ${length} bytes of ${itemsize} an element`);
  }
  const shuffled = await inflated(new Uint8Array(buffer, start + prefix), length);
  const whole = new ArrayBuffer(start + length);
  new Uint8Array(whole).set(new Uint8Array(buffer, 0, start));
  unshuffle(shuffled, itemsize, new Uint8Array(whole, start));
  const header = new DataView(whole);
  header.setUint8(7, 0);
  header.setBigUint64(48, BigInt(length), true);
  return whole;
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes in the zlib format
 * @param {number} length of what comes out
 */
async function inflated(bytes, length) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  const target = new Uint8Array(length);
  let filled = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      if (filled + value.length > length) throw bad(`holds more than the ${length} bytes it says`);
      target.set(value, filled);
      filled += value.length;
    }
  } catch (error) {
    if (error instanceof WireError) throw error;
    throw bad(`cannot be inflated: ${error}`);
  }
  if (filled < length) throw bad(`holds ${filled} bytes, not the ${length} it says`);
  return target;
}

/**
 * First bytes of all elements, then second ones, ... to elements. Bytes after the last whole one
 * stay where they are.
 *
 * @param {Uint8Array} source
 * @param {number} itemsize
 * @param {Uint8Array} target
 */
function unshuffle(source, itemsize, target) {
  const elements = Math.floor(source.length / itemsize);
  for (let byte = 0; byte < itemsize; byte += 1) {
    const start = byte * elements;
    for (let element = 0, to = byte; element < elements; element += 1, to += itemsize) {
      target[to] = source[start + element];
    }
  }
  target.set(source.subarray(elements * itemsize), elements * itemsize);
}

/** @param {string} what */
function bad(what) {
  return new WireError("bad-message", `a compressed data message ${what}`);
}
