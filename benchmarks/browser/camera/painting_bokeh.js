// @ts-check
/**
 * Watches what a page of Bokeh paints of a camera: a script that is added to it.
 *
 * Bokeh makes colours of the numbers itself, on a 2D canvas. A frame is painted when those were drawn on the plot's canvas and that canvas was
 * drawn, for which a pixel of it is read. Its numbers are those of the data source.
 */

import { missingBars } from "./bars.js";
import { check, side } from "./frames.js";
import { Measurement } from "./measurement.js";

const measurement = new Measurement(new URL(import.meta.url).searchParams);
let newest = 0;

const context = CanvasRenderingContext2D.prototype;
const { drawImage } = context;
context.drawImage = function (/** @type {any[]} */ ...values) {
  // @ts-expect-error it has several forms
  drawImage.apply(this, values);
  if (values[0].width !== side || values[0].height !== side) return;
  const source = /** @type {any} */ (globalThis).Bokeh.documents[0].get_model_by_name("frames");
  const [image] = source.data.image;
  try {
    const shot = check(new Uint8Array(image.buffer, image.byteOffset, image.byteLength));
    if (shot.number === newest) return;
    newest = shot.number;
    setTimeout(() => painted(this, shot, source));
  } catch (error) {
    measurement.fail(error);
  }
};

/** @param {CanvasRenderingContext2D} canvas @param {import("./frames.js").Shot} shot @param {any} source */
function painted(canvas, shot, source) {
  const { width, height } = canvas.canvas;
  // Waits for the drawing.
  const row = canvas.getImageData(0, height >> 1, width, 1).data;
  if (measurement.took(shot)) {
    const wrong = missingBars(row);
    if (wrong === "") measurement.finish();
    else measurement.fail(wrong);
  }
  source.tags = [shot.number];
}
