// @ts-check
/**
 * What the frames of harness/camera.py hold, and whether one does.
 */

export const side = 2048;
export const frameBytes = 2 * side * side;
const headerPixels = 12;
const pictures = 4;
const magic = 0x776d63616d657261n;
/** Every so many-th pixel is checked; no divisor of the width, so that all columns have their turn. */
const checkStep = 2053;

/**
 * @typedef {object} Shot
 * @property {number} number from 1
 * @property {number} due when it was to be published, ms since 1970
 */

/**
 * @param {Uint8Array} bytes
 * @returns {Shot | null} null if no frame begins there
 */
export function headerOf(bytes) {
  if (bytes.byteLength < 2 * headerPixels) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getBigUint64(0, true) !== magic) return null;
  return { number: Number(view.getBigUint64(8, true)), due: Number(view.getBigUint64(16, true)) / 1e6 };
}

/**
 * Reads a frame.
 *
 * @param {Uint8Array} bytes all of it
 * @returns {Shot}
 * @throws {Error} a pixel is wrong
 */
export function check(bytes) {
  const shot = headerOf(bytes);
  if (shot === null) throw new Error(`no frame begins here: ${bytes.subarray(0, 8)}`);
  if (bytes.byteLength !== frameBytes) throw new Error(`a frame has ${bytes.byteLength} bytes, not ${frameBytes}`);
  // What is not aligned cannot be seen as numbers: message headers of some protocols are of odd lengths.
  for (let i = headerPixels; i < side * side; i += checkStep) {
    const found = bytes[2 * i] | (bytes[2 * i + 1] << 8);
    const bar = ((i % side) + 64 * (shot.number % pictures)) & 128 ? 0xf000 : 0x1000;
    const right = bar + ((i * 7 + (i >>> 8) * 13) & 0xfff);
    if (found !== right) throw new Error(`pixel ${i} of frame ${shot.number} is ${found}, not ${right}`);
  }
  return shot;
}
