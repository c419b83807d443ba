// @ts-check
/**
 * Reads frames in place, in Node or Deno, as docs/examples show it: clients/direct.c in JavaScript.
 *
 *     direct.mjs DIRECTORY NAME SECONDS [copy]        copy: each frame is copied once, as in Electron
 *
 * In Node it needs the addons of FRAMES_FOR_NODE and ADDRESS_OF.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { Measured, stop } from "./measured.mjs";

const isDeno = "Deno" in globalThis;
const { Frames } = await import(isDeno ? "../../docs/examples/frames_for_deno.mjs" : "../../docs/examples/frames_for_node.mjs");
const [directory, name, seconds, way] = process.argv.slice(2);
/** @type {(array: Uint8Array) => bigint} */
const addressOf = isDeno
  ? (array) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(array))
  : createRequire(import.meta.url)(process.env.ADDRESS_OF ?? "").addressOf;

/** Frames that are taken before the event loop gets its turn. */
const turn = 64;

const frames = new Frames(name, directory);
const bytes = frames.shape.reduce((/** @type {number} */ product, /** @type {number} */ extent) => product * extent, 1);
const measured = new Measured(bytes, Number(seconds));
const ranges = readFileSync("/proc/self/maps", "utf8").split("\n").filter((line) => line.endsWith(`/${name}.npy`))
  .map((line) => line.split(" ", 1)[0].split("-").map((address) => BigInt(`0x${address}`)));
if (ranges.length === 0) stop("the segment is not mapped");
const buffer = new ArrayBuffer(bytes);
console.log("ready");

for (let taken = 0, isLast = false; !isLast; ) {
  let frame;
  if (way === "copy") {
    await frames.wait();
    frame = { ...frames.copyLatest(buffer), release: () => {} };
  } else {
    frame = frames.latest();
    if (frame === null) {
      await frames.wait();
      continue;
    }
  }
  const address = addressOf(frame.array);
  if (!ranges.some(([from, to]) => from <= address && address + BigInt(bytes) <= to)) measured.outside += 1;
  isLast = measured.take(frame.array, frame.sequence);
  frame.release();
  if (++taken % turn === 0) await setImmediate();
}
frames.close();
