// @ts-check
/**
 * When has the browser finished the frame that is being made?
 */

/**
 * Calls back after the next animation frame has been rendered: a task that was posted from the
 * frame's callback runs after style, layout and paint. Where there is no screen (Node), soon.
 *
 * @param {() => void} callback
 */
export function afterNextPaint(callback) {
  if (typeof requestAnimationFrame === "function") {
    requestAnimationFrame(() => soon(callback));
  } else {
    soon(callback);
  }
}

/**
 * Calls back as the next task, without the clamp that timers have.
 *
 * @param {() => void} callback
 */
export function soon(callback) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(null);
}
