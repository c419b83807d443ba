// @ts-check
/**
 * A frame that comes in square pieces, in any order: what a viewer does that knows tiles only.
 */

import { headerOf, headerPixels, isRight, pictures, side } from "./frames.js";

export class Pieces {
  /** @param {number} size rows and columns of a piece */
  constructor(size) {
    this.bytes = 2 * size * size;
    /** @private */
    this.size = size;
    /** @private @type {Set<number>} places, in pixels, of those that came of the frame that is under way */
    this.here = new Set();
    /** @private @type {import("./frames.js").Shot | null} of that frame */
    this.shot = null;
    /** @private which of the camera's pictures it is */
    this.picture = NaN;
  }

  /**
   * A piece came.
   *
   * @param {Uint8Array} bytes
   * @returns {import("./frames.js").Shot | null} the frame, if it is complete now
   * @throws {Error} it is of no frame, or of another one than those before it
   */
  add(bytes) {
    const header = headerOf(bytes);
    if (header !== null) this.shot = header;
    const found = this.find(bytes, header === null ? 0 : headerPixels);
    if (found === null) throw new Error("a piece came that is of no frame");
    if (this.here.size > 0 && found.picture !== this.picture) throw new Error("pieces of two frames came at once");
    this.picture = found.picture;
    this.here.add(found.place);
    if (this.here.size < (side / this.size) ** 2) return null;
    const { shot } = this;
    this.here.clear();
    this.shot = null;
    return shot;
  }

  /**
   * Where it lies, and in which picture: its numbers tell.
   *
   * @private
   * @param {Uint8Array} bytes
   * @param {number} skip pixels of the header
   */
  find(bytes, skip) {
    const { size } = this;
    for (let place = 0; place < side * side; place += place % side === side - size ? side * (size - 1) + size : size) {
      for (let picture = 0; picture < pictures; picture += 1) {
        if (isRight(bytes, { place, width: size, picture, skip })) return { place, picture };
      }
    }
    return null;
  }
}
