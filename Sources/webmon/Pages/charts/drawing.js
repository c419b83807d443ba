// @ts-check
/**
 * Charts take turns: one an animation frame, so that many of them never make a long one together.
 */

/** @type {(() => Promise<void>)[]} */
const queue = [];
let runs = false;

/**
 * Calls back in an animation frame in which no other chart is drawn.
 *
 * @param {() => Promise<void>} draw
 */
export function whenDrawn(draw) {
  queue.push(draw);
  if (!runs) requestAnimationFrame(next);
  runs = true;
}

async function next() {
  try {
    await queue.shift()?.();
  } finally {
    runs = queue.length > 0;
    if (runs) requestAnimationFrame(next);
  }
}
