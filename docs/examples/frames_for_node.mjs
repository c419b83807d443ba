// @ts-check
/** Frames of a stream in Node, in place: what frames_for_node.c gives, as typed arrays. In Deno frames_for_deno.mjs does the same. */
import { createRequire } from "node:module";
import process from "node:process";

// Where the addon was built.
const addon = createRequire(import.meta.url)(process.env.FRAMES_FOR_NODE ?? "./frames_for_node.node");

/** By numpy's descr; other dtypes come as bytes. */
const arrays = {
  "'|u1'": Uint8Array, "'|i1'": Int8Array, "'<u2'": Uint16Array, "'<i2'": Int16Array, "'<u4'": Uint32Array, "'<i4'": Int32Array,
  "'<u8'": BigUint64Array, "'<i8'": BigInt64Array, "'<f4'": Float32Array, "'<f8'": Float64Array,
};

/** Seconds: a wait cannot be called off, and Node does not end before it is over. */
const slice = 0.1;

/** A reader of one stream. */
export class Frames {
  #opened;
  #array;
  /** Number of the frame that was handed out last; 0 before the first. */
  sequence = 0;

  /**
   * @param {string} name
   * @param {string | null} directory null: $WEBMON_DIR, else /dev/shm/webmon-<uid>
   */
  constructor(name, directory = null) {
    this.#opened = addon.open(directory, name);
    this.#array = arrays[this.#opened.descr] ?? Uint8Array;
    /** @type {number[]} of one frame */
    this.shape = this.#opened.shape;
  }

  /** True once there is something newer than what was handed out last; false after the time limit. Rejects when the stream has ended. */
  async wait(seconds = Infinity) {
    for (let left = seconds; left > 0; left -= slice) {
      if (await addon.wait(this.#opened.stream, this.sequence, Math.min(left, slice))) return true;
    }
    return false;
  }

  /**
   * The newest frame, in place, or null if it was handed out already. It stays as it is until `release()`, or until the block of a `using`
   * ends. It is read-only: a store into it ends the process.
   */
  latest() {
    if (this.#opened.payload === null) throw new Error("this V8 shows no memory but its own: copyLatest() does");
    const found = addon.lease(this.#opened.stream, this.sequence);
    if (found === null) return null;
    const { lease, offset, sequence, published } = found;
    this.sequence = sequence;
    const array = new this.#array(this.#opened.payload, offset, this.#opened.stride / this.#array.BYTES_PER_ELEMENT);
    const release = () => addon.giveBack(lease);
    return { array, sequence, published, release, [Symbol.dispose]: release };
  }

  /** The newest frame, copied into `buffer`, of as many bytes as a frame has: for Electron, which has no memory of others. */
  copyLatest(buffer = new ArrayBuffer(this.#opened.stride)) {
    const { sequence, published } = addon.copy(this.#opened.stream, buffer);
    this.sequence = sequence;
    return { array: new this.#array(buffer), sequence, published };
  }

  /** Asks for data no longer. */
  close() {
    addon.close(this.#opened.stream);
  }
}
