// @ts-check
/** What the clients in JavaScript find out: the same as clients/direct.c, with the same words. */
import process from "node:process";

const checkStep = 4096;
const warmUp = 200_000_000n;
/** As in limits/frame_pattern.h.
 * @param {number} offset */
const frameByte = (offset) => (offset * 7 + (offset >>> 8) * 13 + (offset >>> 16) * 31 + 5) & 255;

/** Nanoseconds of CLOCK_MONOTONIC; Deno's own clock begins with the program. */
export const now = "Deno" in globalThis ? (await import("../../docs/examples/frames_for_deno.mjs")).now : process.hrtime.bigint;

/** @param {string} why
 * @returns {never} */
export function stop(why) {
  console.error(why);
  process.exit(1);
}

/** Checks frames, and counts them. */
export class Measured {
  /** @type {number[]} */
  #latencies = [];
  #begin = 0n;
  #first = 0;
  #cpu = 0;
  #bytes;
  #seconds;
  #expected = new Uint8Array();

  /** @param {number} bytes of a frame
   * @param {number} seconds to measure */
  constructor(bytes, seconds) {
    this.#bytes = bytes;
    this.#seconds = BigInt(Math.round(seconds * 1e9));
    this.#expected = Uint8Array.from({ length: Math.ceil(bytes / checkStep) }, (_, page) => frameByte(page * checkStep));
    this.outside = 0;
  }

  /** Takes a frame; true if it was the last one. It ends the program if a byte is wrong.
   * @param {Uint8Array} frame
   * @param {number} sequence */
  take(frame, sequence) {
    const expected = this.#expected;
    if (frame.length !== this.#bytes) stop(`a frame has ${frame.length} bytes`);
    for (let page = 1, at = checkStep; page < expected.length; page += 1, at += checkStep) {
      if (frame[at] !== expected[page]) stop("a byte is wrong");
    }
    if (this.#bytes > 16 && frame[this.#bytes - 1] !== frameByte(this.#bytes - 1)) stop("the last byte is wrong");
    const stamp = new DataView(frame.buffer, frame.byteOffset, 16);
    if (stamp.getBigUint64(8, true) !== BigInt(sequence)) stop("a frame has another number than its stamp");
    const time = now();
    if (this.#begin === 0n) this.#begin = time + warmUp;
    if (time < this.#begin) return false;
    if (this.#first === 0) {
      this.#first = sequence;
      this.#begin = time;
      this.#cpu = cpuSeconds();
      return false;
    }
    this.#latencies.push(Number(time - stamp.getBigUint64(0, true)));
    if (time - this.#begin < this.#seconds) return false;
    const frames = this.#latencies.length;
    console.log(JSON.stringify({
      seconds: Number(time - this.#begin) / 1e9, frames, published: sequence - this.#first, bytes: frames * this.#bytes,
      cpu_seconds: cpuSeconds() - this.#cpu, outside: this.outside, latencies_ns: this.#latencies,
    }));
    return true;
  }
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
