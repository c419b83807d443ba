// @ts-check
/**
 * Texts as small numbers. A text is decoded when it is new; after that its bytes tell it.
 */

import { scalarReader } from "../client/dtype.js";

/** Texts that are told apart; all others are one. */
const most = 1000;

export class Categories {
  /** @param {string} dtype numpy's code, S or U @param {number} width bytes */
  constructor(dtype, width) {
    /** The texts, by their code. Code 0 is what came after there were too many. */
    this.names = ["(others)"];
    /** @private */
    this.width = width;
    /** @private */
    this.decode = scalarReader(dtype);
    /** @private codes of texts with the same hash @type {Map<number, number[]>} */
    this.byHash = new Map();
    /** @private bytes of each code @type {Uint8Array[]} */
    this.bytes = [new Uint8Array(0)];
  }

  /** @param {DataView} view @param {number} at */
  codeOf(view, at) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < this.width; i += 1) {
      hash = Math.imul(hash ^ view.getUint8(at + i), 0x01000193);
    }
    const codes = this.byHash.get(hash);
    if (codes !== undefined) {
      for (const code of codes) if (this.isSame(view, at, this.bytes[code])) return code;
    }
    if (this.names.length > most) return 0;
    const text = String(this.decode?.(view, at));
    const code = this.names.push(text === "" ? "(empty)" : text) - 1;
    this.bytes.push(new Uint8Array(view.buffer.slice(view.byteOffset + at, view.byteOffset + at + this.width)));
    if (codes === undefined) this.byHash.set(hash, [code]);
    else codes.push(code);
    return code;
  }

  /** @private @param {DataView} view @param {number} at @param {Uint8Array} bytes */
  isSame(view, at, bytes) {
    for (let i = 0; i < bytes.length; i += 1) {
      if (view.getUint8(at + i) !== bytes[i]) return false;
    }
    return true;
  }
}
