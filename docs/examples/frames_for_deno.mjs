// @ts-check
/**
 * Frames of a stream in Deno, in place: libarrayshm.so through Deno's foreign function interface, with no compiler. In Node frames_for_node.mjs does the same.
 *
 *     deno run --allow-ffi --allow-env watch_frames.mjs camera          (WEBMON_LIBRARY: where libarrayshm.so is)
 */

const path = Deno.env.get("WEBMON_LIBRARY") ?? new URL("../../.build/release/libarrayshm.so", import.meta.url).pathname;
const library = Deno.dlopen(path, {
  arrayshm_open: { parameters: ["buffer", "buffer"], result: "pointer" },
  arrayshm_describe: { parameters: ["pointer", "buffer"], result: "i32" },
  arrayshm_subscribe: { parameters: ["pointer", "bool"], result: "i32" },
  arrayshm_reader_memory: { parameters: ["pointer", "buffer"], result: "pointer" },
  arrayshm_lease_latest: { parameters: ["pointer", "buffer", "buffer"], result: "pointer" },
  arrayshm_memory_release: { parameters: ["pointer"], result: "void" },
  arrayshm_wait: { parameters: ["pointer", "u64", "i64"], result: "i32", nonblocking: true },
  arrayshm_error_code: { parameters: [], result: "i32" },
  arrayshm_error_message: { parameters: [], result: "pointer" },
  arrayshm_now: { parameters: [], result: "u64" },
}).symbols;

const [OK, TIMEOUT, NONE] = [0, -1, -2];
/** Seconds: a wait cannot be called off. */
const slice = 0.1;
/** Of `arrayshm_description` and `arrayshm_frame_info`, where the fields lie (arrayshm.h). */
const description = { descr: 32, ndim: 48, shape: 56, stride: 1096, nbytes: 1104, size: 1136 };
const frameInfo = { sequence: 0, published: 8, size: 56 };
/** By numpy's descr; other dtypes come as bytes. */
const arrays = {
  "'|u1'": Uint8Array, "'|i1'": Int8Array, "'<u2'": Uint16Array, "'<i2'": Int16Array, "'<u4'": Uint32Array, "'<i4'": Int32Array,
  "'<u8'": BigUint64Array, "'<i8'": BigInt64Array, "'<f4'": Float32Array, "'<f8'": Float64Array,
};

/** The clock of all times in a segment, in nanoseconds. */
export const now = () => library.arrayshm_now();

/** @param {string | null} text */
const cString = (text) => (text === null ? null : new TextEncoder().encode(`${text}\0`));

/** @param {Deno.PointerValue} pointer */
const textAt = (pointer) => (pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer));

/** A reader of one stream. */
export class Frames {
  #reader;
  #array;
  #payload;
  #base;
  #stride;
  // What calls write into: they keep no hold of it.
  #info = new DataView(new ArrayBuffer(frameInfo.size));
  #address = new BigUint64Array(1);
  #closed = false;
  /** Number of the frame that was handed out last; 0 before the first. */
  sequence = 0;

  /**
   * @param {string} name
   * @param {string | null} directory null: $WEBMON_DIR, else /dev/shm/webmon-<uid>
   */
  constructor(name, directory = null) {
    this.#reader = library.arrayshm_open(cString(directory), cString(name));
    const about = new DataView(new ArrayBuffer(description.size));
    if (this.#reader === null || library.arrayshm_describe(this.#reader, about) !== OK || library.arrayshm_subscribe(this.#reader, true) !== OK) this.#fail();
    // The reader and its memory are kept for the program's life: nothing here would know when the last typed array is gone.
    if (library.arrayshm_reader_memory(this.#reader, this.#address) === null) this.#fail();
    this.#base = this.#address[0];
    this.#payload = Deno.UnsafePointerView.getArrayBuffer(/** @type {Deno.PointerObject} */ (Deno.UnsafePointer.create(this.#base)), Number(about.getBigUint64(description.nbytes, true)));
    this.#stride = Number(about.getBigUint64(description.stride, true));
    this.#array = arrays[textAt(Deno.UnsafePointer.create(about.getBigUint64(description.descr, true)))] ?? Uint8Array;
    /** @type {number[]} of one frame */
    this.shape = Array.from({ length: about.getUint32(description.ndim, true) }, (_, axis) => Number(about.getBigUint64(description.shape + 8 * axis, true)));
  }

  /** True once there is something newer than what was handed out last; false after the time limit. Rejects when the stream has ended. */
  async wait(seconds = Infinity) {
    for (let left = seconds; left > 0; left -= slice) {
      const status = await library.arrayshm_wait(this.#reader, BigInt(this.sequence), BigInt(Math.round(Math.min(left, slice) * 1e9)));
      if (status === OK) return true;
      // The text of the error stays in the thread that waited.
      if (status !== TIMEOUT) throw new Error(`the stream has ended (arrayshm_wait: ${status})`);
    }
    return false;
  }

  /**
   * The newest frame, in place, or null if it was handed out already. It stays as it is until `release()`, or until the block of a `using`
   * ends. It is read-only: a store into it ends the process.
   */
  latest() {
    if (this.#closed) throw new Error("this stream is closed");
    const memory = library.arrayshm_lease_latest(this.#reader, this.#address, this.#info);
    if (memory === null) {
      if (library.arrayshm_error_code() === NONE) return null;
      this.#fail();
    }
    const sequence = Number(this.#info.getBigUint64(frameInfo.sequence, true));
    let held = true;
    const release = () => {
      if (held) library.arrayshm_memory_release(memory);
      held = false;
    };
    if (sequence <= this.sequence) {
      release();
      return null;
    }
    this.sequence = sequence;
    const array = new this.#array(this.#payload, Number(this.#address[0] - this.#base), this.#stride / this.#array.BYTES_PER_ELEMENT);
    return { array, sequence, published: this.#info.getBigUint64(frameInfo.published, true), release, [Symbol.dispose]: release };
  }

  /** Asks for data no longer. */
  close() {
    this.#closed = true;
    library.arrayshm_subscribe(this.#reader, false);
  }

  /** @returns {never} */
  #fail() {
    throw new Error(textAt(library.arrayshm_error_message()));
  }
}
