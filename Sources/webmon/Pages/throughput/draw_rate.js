// @ts-check
/**
 * How fast this browser uploads and draws images of 2048 x 2048 uint16, as the Viewer does.
 */

import { plainDtypes } from "../client/dtype.js";
import { PlainPicture } from "../image/plain_picture.js";

const side = 2048;
const canvasSide = 1024;

/** @typedef {{perSecond: number, p50: number, failed?: string}} DrawRate `p50`: ms of one */

/**
 * @param {number} seconds
 * @param {AbortSignal} signal
 * @returns {Promise<DrawRate>}
 */
export async function drawRate(seconds, signal) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [canvasSide, canvasSide];
  const dtype = plainDtypes.find((plain) => plain?.code === "u2");
  if (!dtype) throw new Error("there is no dtype u2");
  /** @type {import("../image/layout.js").ImageLayout} */
  const layout = {
    kind: "image",
    dtype,
    width: side,
    height: side,
    channels: 1,
    blended: false,
    leading: [],
    leadingAxes: [],
    shownAxes: [0, 1],
    channelAxis: null,
  };
  const images = [0, 1].map((number) => {
    const image = new Uint16Array(side * side);
    for (let i = 0; i < image.length; i += 1) image[i] = (i * (7 + number)) & 0x0fff;
    return image;
  });
  let picture;
  try {
    picture = new PlainPicture(canvas);
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    return { perSecond: 0, p50: NaN, failed };
  }
  const times = [];
  let passed = 0;
  // The first one makes the texture and compiles the shaders.
  for (let number = 0; number < 3 || passed < seconds * 1000; number += 1) {
    if (signal.aborted) throw new Error("cancelled");
    const start = performance.now();
    picture.upload(layout, images[number % 2]);
    picture.draw({ limits: [0, 4095], gamma: 1, colormap: "gray" }, [0, 0, 0]);
    await new Promise((resolve) => picture.whenDone(() => resolve(undefined)));
    if (picture.lost) return { perSecond: 0, p50: NaN, failed: "the graphics context was lost" };
    if (number === 0) continue;
    times.push(performance.now() - start);
    passed += times[times.length - 1];
  }
  picture.renderer.gl.getExtension("WEBGL_lose_context")?.loseContext();
  const perSecond = (1000 * times.length) / passed;
  return { perSecond, p50: times.sort((a, b) => a - b)[Math.floor(times.length / 2)] };
}
