// @ts-check
/**
 * What the frames of harness/camera.py hold, and whether one does.
 */

export const side = 2048;
export const frameBytes = 2 * side * side;
export const headerPixels = 12;
export const pictures = 4;
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
 * What a pixel is.
 *
 * @param {number} place in the frame, in C order
 * @param {number} picture which of those that the camera sees in turn
 */
const pixel = (place, picture) =>
  (((place % side) + 64 * picture) & 128 ? 0xf000 : 0x1000) + ((place * 7 + (place >>> 8) * 13 + (place >>> 16) * 31) & 0xfff);

/** @param {Uint8Array} bytes not aligned, maybe: headers of some protocols have odd lengths @param {number} i */
const found = (bytes, i) => bytes[2 * i] | (bytes[2 * i + 1] << 8);

/**
 * Whether these are the numbers of a part of a frame.
 *
 * @param {Uint8Array} bytes
 * @param {{place: number, width: number, picture: number, skip: number}} part where it begins, how wide it is, of which picture, and how many
 *   pixels at its beginning are none of the picture
 */
export function isRight(bytes, { place, width, picture, skip }) {
  for (let i = skip; 2 * i < bytes.byteLength; i += checkStep) {
    if (found(bytes, i) !== pixel(place + Math.floor(i / width) * side + (i % width), picture)) return false;
  }
  return true;
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
  const picture = shot.number % pictures;
  if (!isRight(bytes, { place: 0, width: side, picture, skip: headerPixels })) throw new Error(`a pixel of frame ${shot.number} is wrong`);
  return shot;
}
