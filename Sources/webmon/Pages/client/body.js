// @ts-check
/**
 * Data messages from an endless HTTP body: each into one buffer of exactly its size.
 */

import { BufferPool } from "./buffer_pool.js";
import { headerBytes, messageBytes, WireError } from "./message.js";

/** Messages begin at multiples of this many bytes of the body. */
const alignment = 16;

/**
 * The bytes of a stream, asked for by number.
 *
 * @typedef {object} ByteSource
 * @property {(buffer: ArrayBuffer, start: number) => Promise<{buffer: ArrayBuffer, end: number}>} fill
 *   writes from `start` to the end of `buffer`, or of the stream; the buffer goes, and comes back
 *   as another object over the same memory
 * @property {() => Promise<void>} cancel
 */

export class BodyReader {
  /** @param {ReadableStream<Uint8Array>} stream */
  constructor(stream) {
    /** @private @type {ByteSource} */
    this.source = directSource(stream) ?? chunkSource(stream);
    /** @private bytes that follow the last message up to where the next one may begin */
    this.padding = 0;
    /** @private */
    this.pool = new BufferPool();
  }

  /**
   * The next message, whole: header and payload.
   *
   * @returns {Promise<ArrayBuffer | null>} null at the end
   * @throws {WireError} with code "bad-message" if the body ends in the middle of a message, or
   *   what comes is none
   */
  async message() {
    const { padding } = this;
    const start = await this.source.fill(new ArrayBuffer(padding + headerBytes), 0);
    if (start.end <= padding) return null;
    if (start.end < padding + headerBytes) throw cut(start.end - padding, headerBytes);
    const header = new Uint8Array(start.buffer, padding, headerBytes);
    const length = messageBytes(new DataView(start.buffer, padding, headerBytes));
    this.padding = (alignment - (length % alignment)) % alignment;
    const whole = this.pool.take(length);
    new Uint8Array(whole).set(header);
    if (length === headerBytes) return whole;
    const { buffer, end } = await this.source.fill(whole, headerBytes);
    if (end < length) throw cut(end, length);
    this.pool.lend(buffer);
    return buffer;
  }

  /** Wants no more. */
  cancel() {
    return this.source.cancel();
  }
}

/** @param {number} came @param {number} length */
function cut(came, length) {
  return new WireError("bad-message", `the body ended after ${came} of ${length} bytes`);
}

/**
 * Reads straight into the buffers (a BYOB reader).
 *
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {ByteSource | null} null where the browser cannot
 */
function directSource(stream) {
  /** @type {ReadableStreamBYOBReader} */
  let reader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    return null;
  }
  return {
    async fill(buffer, start) {
      let end = start;
      while (end < buffer.byteLength) {
        const { value, done } = await reader.read(new Uint8Array(buffer, end));
        if (value === undefined) return { buffer: new ArrayBuffer(0), end };
        buffer = /** @type {ArrayBuffer} */ (value.buffer);
        end += value.byteLength;
        if (done) break;
      }
      return { buffer, end };
    },
    cancel: () => reader.cancel(),
  };
}

/**
 * Copies from the chunks that come.
 *
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {ByteSource}
 */
function chunkSource(stream) {
  const reader = stream.getReader();
  /** @type {Uint8Array} */
  let chunk = new Uint8Array(0);
  return {
    async fill(buffer, start) {
      const target = new Uint8Array(buffer);
      let end = start;
      while (end < target.length) {
        if (chunk.length === 0) {
          const { value, done } = await reader.read();
          if (done) break;
          chunk = value;
          continue;
        }
        const part = chunk.subarray(0, target.length - end);
        target.set(part, end);
        end += part.length;
        chunk = chunk.subarray(part.length);
      }
      return { buffer, end };
    },
    cancel: () => reader.cancel(),
  };
}
