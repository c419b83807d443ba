// @ts-check
/**
 * Watches what a page paints of a camera, from outside: a script that is added to a viewer's own page, which knows nothing of it.
 *
 * A frame is painted when its numbers were brought to the graphics processor, something was drawn after that, and a fence behind the
 * drawing has passed. After the last one the canvas itself is read: the camera's bars must be seen there.
 */

import { middleRow, missingBars } from "./bars.js";
import { check, frameBytes, headerOf } from "./frames.js";
import { Measurement } from "./measurement.js";
import { Pieces } from "./pieces.js";

const query = new URL(import.meta.url).searchParams;
const measurement = new Measurement(query);
/** Where a server wants to be told that a frame was drawn, before it gives the next one. */
const acknowledge = query.get("acknowledge");
/** Of a viewer that takes a frame in pieces. */
const pieces = query.has("piece") ? new Pieces(Number(query.get("piece"))) : null;
const least = pieces?.bytes ?? frameBytes;
/** A viewer's buffer may hold other things before a frame, which begins at a multiple of this. */
const alignment = 256;

/** @type {{gl: WebGL2RenderingContext, shot: import("./frames.js").Shot} | null} uploaded, and not drawn yet */
let uploaded = null;

/**
 * The frame in what is uploaded, if there is one.
 *
 * @param {ArrayBufferView | ArrayBuffer} data
 * @param {number} start bytes
 */
function find(data, start) {
  const [buffer, offset] = data instanceof ArrayBuffer ? [data, 0] : [data.buffer, data.byteOffset];
  const bytes = new Uint8Array(buffer, offset + start, data.byteLength - start);
  if (pieces !== null) return bytes.length === least ? pieces.add(bytes) : null;
  for (let at = 0; at + frameBytes <= bytes.length; at += alignment) {
    if (headerOf(bytes.subarray(at, at + 32)) !== null) return check(bytes.subarray(at, at + frameBytes));
  }
  return null;
}

const context = /** @type {any} */ (WebGL2RenderingContext.prototype);

for (const name of ["texImage2D", "texSubImage2D", "texImage3D", "texSubImage3D", "bufferData", "bufferSubData"]) {
  const original = context[name];
  context[name] = function (/** @type {any[]} */ ...values) {
    original.apply(this, values);
    const place = values.findIndex((value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer);
    if (place < 0 || values[place].byteLength < least) return;
    // After the data may come where it begins in them, in elements; of `bufferData` its use comes first.
    const begin = values[place + (name === "bufferData" ? 2 : 1)] ?? 0;
    try {
      const shot = find(values[place], begin * (values[place].BYTES_PER_ELEMENT ?? 1));
      if (shot !== null) uploaded = { gl: this, shot };
    } catch (error) {
      measurement.fail(error);
    }
  };
}

for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced", "drawRangeElements"]) {
  const original = context[name];
  context[name] = function (/** @type {any[]} */ ...values) {
    original.apply(this, values);
    if (uploaded === null || uploaded.gl !== this) return;
    const { gl, shot } = uploaded;
    uploaded = null;
    // When the viewer has drawn all, and before the browser takes the picture away.
    if (measurement.done) queueMicrotask(() => look(gl));
    soon(() => whenDone(gl, () => painted(shot)));
  };
}

/** @param {import("./frames.js").Shot} shot */
function painted(shot) {
  measurement.took(shot);
  if (acknowledge !== null) void fetch(acknowledge, { method: "POST", body: query.get("body") });
}

/** The end: the canvas itself. @param {WebGL2RenderingContext} gl */
function look(gl) {
  const wrong = missingBars(middleRow(gl));
  if (wrong === "") measurement.finish();
  else measurement.fail(wrong);
}

/** Calls back as the next task. @param {() => void} callback */
function soon(callback) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(null);
}

/** Calls back when the graphics processor has done what it was told so far. @param {WebGL2RenderingContext} gl @param {() => void} callback */
function whenDone(gl, callback) {
  const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  gl.flush();
  const ask = () => {
    const status = fence === null ? gl.ALREADY_SIGNALED : gl.clientWaitSync(fence, 0, 0);
    if (status === gl.TIMEOUT_EXPIRED) {
      setTimeout(ask, 1);
      return;
    }
    gl.deleteSync(fence);
    callback();
  };
  ask();
}
