// @ts-check
/**
 * The memory of messages that nobody needs any more, for messages of the same length that come later by the same way: to take 8 MiB of fresh
 * memory for each frame costs a browser more than to copy them.
 */

/** Buffers that are kept, and their bytes: a page takes few at a time. */
const most = 4;
const mostBytes = 2 ** 27;
/** Bytes from which on it is worth it. */
const least = 2 ** 16;

/** @type {WeakMap<ArrayBuffer, BufferPool>} where a buffer came from */
const origins = new WeakMap();

export class BufferPool {
  constructor() {
    /** @private of the message that came last */
    this.length = 0;
    /** @private @type {ArrayBuffer[]} */
    this.spare = [];
  }

  /**
   * A buffer of so many bytes; what is in them is not said.
   *
   * @param {number} length
   */
  take(length) {
    if (length !== this.length) this.spare = [];
    this.length = length;
    return this.spare.pop() ?? new ArrayBuffer(length);
  }

  /** A message is here, in this buffer, which can be recycled. @param {ArrayBuffer} buffer */
  lend(buffer) {
    if (buffer.byteLength >= least) origins.set(buffer, this);
  }

  /** @param {ArrayBuffer} buffer */
  keep(buffer) {
    const { length, spare } = this;
    if (buffer.byteLength !== length || spare.length >= most || (spare.length + 1) * length > mostBytes) return;
    // Views of the old object are empty from here on, whoever has them: none of them sees what comes next.
    spare.push(structuredClone(buffer, { transfer: [buffer] }));
  }
}

/** Gives a message's memory back to where it came from, if that has a use for it. @param {ArrayBuffer} buffer */
export function recycleBuffer(buffer) {
  const pool = origins.get(buffer);
  origins.delete(buffer);
  pool?.keep(buffer);
}
