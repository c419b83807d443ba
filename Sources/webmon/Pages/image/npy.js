// @ts-check
/**
 * The .npy file format, version 1.0: numpy's own, so that `np.load` reads what was shown.
 */

import { hostIsLittleEndian } from "../client/dtype.js";

/** Bytes that a header's length is a multiple of, as numpy writes it. */
const alignment = 64;

/**
 * @param {string} code of the dtype, without byte order: "u2"
 * @param {readonly number[]} shape
 * @param {import("../client/dtype.js").TypedArray} array in this machine's byte order
 * @returns {Blob}
 */
export function npyFile(code, shape, array) {
  const order = code.endsWith("1") && code.length === 2 ? "|" : hostIsLittleEndian ? "<" : ">";
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${extents}), }`;
  const before = 10; // Magic, version, length of the header.
  const length = Math.ceil((before + text.length + 1) / alignment) * alignment - before;
  const header = new Uint8Array(before + length).fill(0x20);
  header.set([0x93, ...ascii("NUMPY"), 1, 0, length & 0xff, length >> 8]);
  header.set(ascii(text), before);
  header[header.length - 1] = 0x0a;
  return new Blob([header, array], { type: "application/octet-stream" });
}

/** @param {string} text */
function ascii(text) {
  return new TextEncoder().encode(text);
}
