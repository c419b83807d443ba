// @ts-check
/**
 * Images on a canvas in one line, for pages of one's own:
 *
 *     server.subscribe("camera", { onFrame: drawOn("canvas") });
 *
 * The whole image fits the canvas, in its own dtype; of more than two axes the first plane is
 * shown. Contrast limits and colour map are those that are asked for, else the metadata's
 * `contrast_limits` and `colormap`, else 0 to 255 for bytes, and all but the darkest and brightest
 * thousandth for other dtypes.
 */

import { find } from "../shell/element.js";
import { isColormap } from "./colormaps.js";
import { firstPlane, plainLayoutOf, PlainPicture } from "./plain_picture.js";
import { measurePlane } from "./statistics.js";

/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("./renderer.js").Look} Look */

/**
 * @typedef {object} DrawOptions
 * @property {[number, number]} [limits] contrast limits
 * @property {string} [colormap] a name of image/colormaps.js: "gray", "viridis", ...
 * @property {number} [gamma] exponent of the gray level, default 1
 */

/** Milliseconds between two measurements of the limits. */
const measureEvery = 300;

/**
 * @param {string | HTMLCanvasElement} target the canvas, or its selector. Its `data-sequence` tells
 *   the newest commit that is drawn
 * @param {DrawOptions} [options]
 * @returns {(frame: Frame) => void} draws a frame: for `onFrame`. Throws for what is no image
 */
export function drawOn(target, options = {}) {
  const canvas = typeof target === "string" ? find(target, HTMLCanvasElement) : target;
  const picture = new PlainPicture(canvas);
  /** @type {Frame | null} */
  let newest = null;
  /** @type {import("./layout.js").ImageLayout | null} */
  let layout = null;
  /** @type {Look} */
  let look = { limits: [0, 1], gamma: 1, colormap: "gray" };
  let measuredAt = -Infinity;
  let isStale = false;
  let isRequested = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const draw = () => {
    isRequested = false;
    if (newest === null || layout === null || picture.lost) return;
    if (isStale) {
      const { lanes, code } = layout.dtype;
      const plane = firstPlane(layout, newest.array);
      const now = performance.now();
      if (now - measuredAt > measureEvery) {
        measuredAt = now;
        clearTimeout(timer);
        timer = undefined;
        look = { ...look, limits: limitsOf(options, newest, code, () => measurePlane(plane, code, lanes)) };
      } else {
        // The last frame of a burst gets its own limits, too.
        timer ??= setTimeout(measureAnew, measuredAt + measureEvery - now + 1);
      }
      picture.upload(layout, plane);
      isStale = false;
    }
    picture.draw(look, backgroundOf(canvas));
    canvas.dataset.sequence = String(newest.sequence);
  };
  const request = () => {
    if (!isRequested) requestAnimationFrame(draw);
    isRequested = true;
  };
  const measureAnew = () => {
    timer = undefined;
    isStale = true;
    request();
  };
  new ResizeObserver(() => {
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
    // At once: a resized canvas is blank until drawn.
    draw();
  }).observe(canvas);
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", () => {
    picture.reset();
    isStale = true;
    request();
  });
  document.addEventListener("themechange", request);

  return (frame) => {
    if (frame.generation !== newest?.generation) {
      const { name, shape } = frame.stream;
      const found = plainLayoutOf(frame.stream);
      if (found === null) {
        const what = frame.dtype === null ? "records" : `${frame.dtype.name}, shape (${shape.join(", ")})`;
        throw new TypeError(`${name} is no image but ${what}; two axes or more of numbers are needed`);
      }
      layout = found;
      const colormap = String(options.colormap ?? frame.stream.metadata.colormap ?? "gray");
      look = { ...look, gamma: options.gamma ?? 1, colormap: isColormap(colormap) ? colormap : "gray" };
      measuredAt = -Infinity;
    }
    newest = frame;
    isStale = true;
    request();
  };
}

/**
 * @param {DrawOptions} options
 * @param {Frame} frame
 * @param {string} code of its dtype
 * @param {() => {low: number, high: number}} measure
 * @returns {[number, number]}
 */
function limitsOf(options, frame, code, measure) {
  const said = options.limits ?? frame.stream.metadata.contrast_limits;
  if (Array.isArray(said) && said.length === 2 && said.every(Number.isFinite)) {
    return [said[0], said[1]];
  }
  if (code === "u1" || code === "b1") return code === "b1" ? [0, 1] : [0, 255];
  const { low, high } = measure();
  return [low, high];
}

/** The canvas's own background colour, 0 to 1. @param {HTMLCanvasElement} canvas @returns {[number, number, number]} */
function backgroundOf(canvas) {
  const [red = 0, green = 0, blue = 0] = getComputedStyle(canvas).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [];
  return [red / 255, green / 255, blue / 255];
}
