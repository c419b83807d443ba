// @ts-check
/**
 * Draws pieces of an array with WebGL2, each a texture in the array's own dtype; contrast limits
 * and colour map are applied in the shader.
 */

import { colormapRamp, colormapTable } from "./colormaps.js";
import { Programs } from "./programs.js";
import { makePatch } from "./patch.js";

/** @typedef {import("./layout.js").ImageLayout} ImageLayout */
/** @typedef {import("./patch.js").Patch} Patch */
/** @typedef {import("../client/dtype.js").TypedArray} TypedArray */

/**
 * @typedef {object} Look
 * @property {[number, number]} limits contrast limits
 * @property {number} gamma
 * @property {string} colormap
 */

/**
 * A texture, where it lies, and how much of it is drawn.
 *
 * @typedef {object} Piece
 * @property {Patch} patch
 * @property {number} level its pixels stand for 2^level by 2^level
 * @property {number} y of its first row, in pixels of the level
 * @property {number} x
 * @property {readonly [number, number, number, number]} clip [y0, x0, y1, x1], pixels of level 0
 */

/**
 * One drawing of all pieces; those after the first are added to it.
 *
 * @typedef {object} Pass
 * @property {Look} look
 * @property {number} channel which of the blended ones
 * @property {[number, number, number]} [colour] 0 to 1, from black; in place of the colour map
 */

/**
 * @typedef {object} Manner
 * @property {"nearest" | "linear"} magnify where a pixel of the image is larger than the screen's
 * @property {"nearest" | "mean"} shrink where it is smaller than half of one
 * @property {"magnitude" | "phase" | "real" | "imaginary"} part of complex numbers
 */

/** @type {[number, number, number]} */
const black = [0, 0, 0];

export class Renderer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
    if (gl === null) throw new Error("This browser has no WebGL2, which draws the images.");
    this.gl = gl;
    /** How many textures hold numbers. */
    this.textures = 0;
    /** @private */
    this.programs = new Programs(gl);
    /** @private @type {Map<string, WebGLTexture>} tables of colours, by colour map and gamma */
    this.tables = new Map();
  }

  /** Forgets what the context held, after it was lost. */
  reset() {
    this.programs = new Programs(this.gl);
    this.tables.clear();
    this.textures = 0;
  }

  get lost() {
    return this.gl.isContextLost();
  }

  /**
   * Brings numbers to the graphics processor, into the textures of before if they fit.
   *
   * @param {Patch | null} before is used up
   * @param {ImageLayout} layout
   * @param {TypedArray} array in C order
   * @param {number} height @param {number} width
   * @param {number} base what is taken away from every number, where the dtype is converted
   * @returns {Patch}
   */
  upload(before, layout, array, height, width, base) {
    const { gl } = this;
    let patch = before;
    if (patch === null || patch.layout !== layout || patch.height !== height || patch.width !== width) {
      if (patch !== null) this.free(patch);
      patch = makePatch(gl, layout, height, width);
      this.textures += patch.parts.length;
    }
    const { format, stride } = patch;
    const pixels = format.convert(array, base);
    patch.base = format.shifted ? base : 0;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, width * stride);
    for (const part of patch.parts) {
      gl.bindTexture(gl.TEXTURE_2D, part.texture);
      gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, part.x * stride);
      gl.pixelStorei(gl.UNPACK_SKIP_ROWS, part.y);
      const across = part.width * stride;
      const { format: order, type } = format;
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, across, part.height, order, type, pixels);
    }
    return patch;
  }

  /** @param {Patch} patch */
  free(patch) {
    for (const { texture } of patch.parts) this.gl.deleteTexture(texture);
    this.textures -= patch.parts.length;
  }

  /**
   * @param {readonly Piece[]} pieces those behind first
   * @param {import("./view.js").Placement} placement
   * @param {readonly Pass[]} passes
   * @param {Manner} manner
   * @param {[number, number, number]} background 0 to 1
   */
  draw(pieces, placement, passes, manner, background) {
    const { gl, canvas } = this;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.disable(gl.BLEND);
    gl.clearColor(...background, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    passes.forEach((pass, number) => {
      if (number === 1) {
        gl.enable(gl.BLEND);
        gl.blendFunc(gl.ONE, gl.ONE);
      }
      for (const piece of pieces) this.drawPiece(piece, placement, pass, manner);
    });
  }

  /**
   * @private
   * @param {Piece} piece
   * @param {import("./view.js").Placement} placement
   * @param {Pass} pass
   * @param {Manner} manner
   */
  drawPiece({ patch, level, y, x, clip }, placement, pass, manner) {
    const { gl } = this;
    const scale = 2 ** level;
    const forward = placement.matrix.map((value) => value * scale);
    const uniform = this.begin(patch, placement.zoom * scale, forward, pass, manner);
    const [a, b, c, d] = placement.matrix;
    gl.uniform4f(uniform("forward"), forward[0], forward[1], forward[2], forward[3]);
    for (const part of patch.parts) {
      const [left, top] = [(x + part.x) * scale, (y + part.y) * scale];
      const x0 = Math.max(0, (clip[1] - left) / scale);
      const y0 = Math.max(0, (clip[0] - top) / scale);
      const x1 = Math.min(part.width, (clip[3] - left) / scale);
      const y1 = Math.min(part.height, (clip[2] - top) / scale);
      if (x1 <= x0 || y1 <= y0) continue;
      gl.bindTexture(gl.TEXTURE_2D, part.texture);
      gl.uniform2f(
        uniform("origin"),
        placement.x + a * left + c * top,
        placement.y + b * left + d * top,
      );
      gl.uniform4f(uniform("extent"), x0, y0, x1, y1);
      gl.uniform2i(uniform("last"), part.width - 1, part.height - 1);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
  }

  /**
   * Sets what all parts of a patch have in common.
   *
   * @private
   * @param {Patch} patch
   * @param {number} zoom pixels of the screen for one of the patch
   * @param {readonly number[]} forward matrix, with the zoom
   * @param {Pass} pass
   * @param {Manner} manner
   */
  begin(patch, zoom, forward, { look, channel, colour }, manner) {
    const { gl, canvas } = this;
    const { layout, format, stride, base } = patch;
    const { complex, sampler } = format;
    const hasColours = layout.channels > 1 && !layout.blended;
    const isLabels = look.colormap === "labels" && !complex && !hasColours && colour === undefined;
    const ownRamp = look.gamma === 1 ? colormapRamp(look.colormap) : null;
    const ramp = colour === undefined ? ownRamp : { first: black, last: colour };
    const { part } = manner;
    const complexTexel = part === "real" ? "number" : part;
    const texel = complex ? complexTexel : hasColours ? "colour" : isLabels ? "label" : "number";
    const table = ramp === null && !hasColours && !isLabels && texel !== "phase";
    const isPlain = forward[1] === 0 && forward[2] === 0 && forward[0] > 0 && forward[3] > 0;
    const sampling = zoom > 1 ? manner.magnify : zoom < 0.5 + 1e-6 ? manner.shrink : "nearest";
    const uniform = this.programs.use({
      sampler,
      wide: layout.dtype.itemsize >= 4,
      texel,
      alpha: hasColours && layout.channels === 4,
      table,
      power: (hasColours || colour !== undefined) && look.gamma !== 1,
      sampling,
      turned: !isPlain,
      strided: stride > 1,
    });
    gl.uniform1i(uniform("image"), 0);
    gl.uniform2f(uniform("canvas"), canvas.width, canvas.height);
    gl.uniform1f(uniform("texelsPerPixel"), 1 / zoom);
    // A turn's inverse is its transpose.
    const [a, b, c, d] = forward.map((value) => value / zoom ** 2);
    gl.uniform4f(uniform("backward"), a, c, b, d);
    gl.uniform1i(uniform("samples"), Math.min(4, Math.max(1, Math.ceil(1 / zoom - 1e-6))));
    gl.uniform2i(uniform("stride"), stride, channel);
    const low = look.limits[0] - base;
    const high = look.limits[1] - base;
    const lowHigh = sampler === "sampler2D" ? Math.fround(low) : Math.floor(low / 65536) * 65536;
    gl.uniform2f(uniform("low"), lowHigh, low - lowHigh);
    // Equal limits make a threshold, not a division by zero.
    gl.uniform1f(uniform("range"), high > low ? high - low : 1e-30);
    gl.uniform1f(uniform("gamma"), look.gamma);
    gl.uniform1f(uniform("opaque"), { u1: 255, u2: 65535 }[layout.dtype.code] ?? 1);
    if (ramp !== null) {
      gl.uniform3f(uniform("firstColor"), ...ramp.first);
      gl.uniform3f(uniform("lastColor"), ...ramp.last);
    } else if (table) {
      gl.uniform1i(uniform("colors"), 1);
      gl.activeTexture(gl.TEXTURE1);
      gl.uniform1f(uniform("lastEntry"), this.bindColors(look) - 1);
      gl.activeTexture(gl.TEXTURE0);
    }
    return uniform;
  }

  /** @private @param {Look} look @returns {number} how many colours there are */
  bindColors({ colormap, gamma }) {
    const { gl } = this;
    // Gamma spreads one end: it needs more colours than the map itself has.
    const length = gamma === 1 ? 256 : 4096;
    const name = `${colormap} ${gamma}`;
    const known = this.tables.get(name);
    if (known !== undefined) {
      gl.bindTexture(gl.TEXTURE_2D, known);
      return length;
    }
    // A slider's gammas would fill the memory.
    if (this.tables.size >= 16) {
      for (const texture of this.tables.values()) gl.deleteTexture(texture);
      this.tables.clear();
    }
    const made = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, made);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
    const { RGBA, UNSIGNED_BYTE, NEAREST } = gl;
    const table = colormapTable(colormap, length, gamma);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, length, 1, 0, RGBA, UNSIGNED_BYTE, table);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, NEAREST);
    this.tables.set(name, made);
    return length;
  }

  /**
   * Calls back when the graphics processor has done what it was told so far.
   *
   * @param {() => void} callback
   */
  whenDone(callback) {
    const { gl } = this;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    const look = () => {
      const status = fence === null ? gl.ALREADY_SIGNALED : gl.clientWaitSync(fence, 0, 0);
      if (status === gl.TIMEOUT_EXPIRED) {
        setTimeout(look, 1);
        return;
      }
      gl.deleteSync(fence);
      callback();
    };
    setTimeout(look, 0);
  }
}
