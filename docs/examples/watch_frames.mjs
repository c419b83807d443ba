// @ts-check
/**
 * Tells the largest value of the newest frames of a stream, read in place from shared memory: no server, no socket, no copy.
 *
 *     node watch_frames.mjs camera 10                              in Node, with the addon frames_for_node.c built beside it
 *     deno run --allow-ffi --allow-env watch_frames.mjs camera 10  in Deno, with no compiler
 *
 * A window that draws at its own rate, as Electron's does, need not wait: it takes `frames.latest()` each time it draws.
 */
import process from "node:process";

const { Frames } = await import("Deno" in globalThis ? "./frames_for_deno.mjs" : "./frames_for_node.mjs");
const [name, count] = process.argv.slice(2);

const frames = new Frames(name);
for (let seen = 0; seen < Number(count); ) {
  await frames.wait();
  const frame = frames.latest();
  if (frame === null) continue;
  try {
    console.log(frame.sequence, frames.shape.join("x"), frame.array.reduce((most, value) => (value > most ? value : most)));
  } finally {
    frame.release(); // the writer may use the slot again
  }
  seen += 1;
}
frames.close();
// Deno ends when nothing waits any more; so does Node.
