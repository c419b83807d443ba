// @ts-check
/**
 * What is shown, as files: the picture as it is seen or pixel for pixel, and its numbers.
 */

import { npyFile } from "../image/npy.js";
import { Renderer } from "../image/renderer.js";
import { floatBase } from "../image/texture_format.js";
import { saveFile } from "../shell/save_file.js";
import { fileName } from "./save.js";

/** @typedef {import("./picture.js").Picture} Picture */

/** Pixels that a picture of the whole plane may have: browsers make no larger canvases. */
export const largestPicture = 64 << 20;
const longestSide = 8192;

/**
 * The picture as it is seen, with the scale bar.
 *
 * @param {Picture} picture
 * @param {import("./scale_bar.js").ScaleBar} bar
 */
export async function saveSeen(picture, bar) {
  const seen = await createImageBitmap(await picture.snapshot());
  const canvas = new OffscreenCanvas(seen.width, seen.height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("the browser made no canvas for the picture");
  context.drawImage(seen, 0, 0);
  seen.close();
  bar.paint(/** @type {any} */ (context));
  saveFile(fileName(picture, "", "png"), await canvas.convertToBlob());
}

/**
 * Why the whole plane cannot be had as a picture or an array; "" if it can.
 *
 * @param {Picture} picture
 */
export function whyNotWhole(picture) {
  const { layout } = picture;
  if (layout === null) return "There is no image.";
  const { width, height } = layout;
  if (width > longestSide || height > longestSide || width * height > largestPicture) {
    return `Pictures of the whole plane end at ${longestSide} × ${longestSide} pixels.`;
  }
  return "";
}

/**
 * The whole plane, one pixel of the picture for one of the image, with the colours on screen.
 *
 * @param {Picture} picture
 */
export async function saveWhole(picture) {
  const { layout, passes, manner } = picture;
  if (layout === null) return;
  const cut = picture.cut(0, 0, layout.height, layout.width);
  if (cut === null || cut.step !== 1) throw new Error("the page holds only a coarser level of it");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [layout.width, layout.height];
  const renderer = new Renderer(canvas);
  const { width, height } = layout;
  const base = floatBase(passes[0]?.look.limits ?? [0, 1], 0);
  const patch = renderer.upload(null, layout, cut.array, height, width, base);
  const piece = { patch, level: 0, y: 0, x: 0, clip: /** @type {const} */ ([0, 0, height, width]) };
  renderer.draw([piece], { zoom: 1, x: 0, y: 0, matrix: [1, 0, 0, 1] }, passes, manner, [0, 0, 0]);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  // Browsers have few contexts at once.
  renderer.gl.getExtension("WEBGL_lose_context")?.loseContext();
  if (!(blob instanceof Blob)) throw new Error("the browser made no picture of the plane");
  saveFile(fileName(picture, "plane", "png"), blob);
}

/**
 * The plane that is shown as a .npy file, in the array's own dtype.
 *
 * @param {Picture} picture
 */
export function savePlane(picture) {
  const { layout } = picture;
  if (layout === null) return;
  const cut = picture.cut(0, 0, layout.height, layout.width);
  if (cut === null) throw new Error("the page holds no numbers");
  const { array, dtype, channels, height, width, step } = cut;
  const shape = channels === 1 ? [height, width] : [height, width, channels];
  const what = step === 1 ? "plane" : `plane-of-every-${step}`;
  saveFile(fileName(picture, what, "npy"), npyFile(dtype.code, shape, array));
}
