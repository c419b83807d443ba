// @ts-check
/**
 * Draws one plane of an array with WebGL2. The plane is cut into textures where it is larger
 * than one can be; contrast limits and colour map are applied in the shader.
 */

import { colormapRamp, colormapTable } from "./colormaps.js";
import { fragmentSource, vertexSource } from "./shader.js";
import { textureFormat } from "./texture_format.js";

/** @typedef {import("./layout.js").ImageLayout} ImageLayout */
/** @typedef {import("../client/dtype.js").TypedArray} TypedArray */

/**
 * @typedef {object} Look
 * @property {[number, number]} limits contrast limits
 * @property {number} gamma
 * @property {string} colormap
 */

/** @typedef {{texture: WebGLTexture, x: number, y: number, width: number, height: number}} Tile */

export class Renderer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
    if (gl === null) throw new Error("This browser has no WebGL2, which draws the images.");
    this.gl = gl;
    /** What the present dtype loses on screen, "" if nothing. */
    this.note = "";
    /** @private @type {Map<string, WebGLProgram>} */
    this.programs = new Map();
    /** @private @type {Tile[]} */
    this.tiles = [];
    /** @private @type {import("./texture_format.js").TextureFormat | null} */
    this.format = null;
    /** @private @type {ImageLayout | null} */
    this.layout = null;
    /** @private @type {WebGLTexture | null} */
    this.colors = null;
    /** @private the colour map and gamma that `colors` holds */
    this.colorsName = "";
  }

  /** Forgets what the context held, after it was lost. */
  reset() {
    this.programs.clear();
    this.tiles = [];
    this.format = null;
    this.layout = null;
    this.colors = null;
    this.colorsName = "";
  }

  get lost() {
    return this.gl.isContextLost();
  }

  /**
   * Makes the textures for a layout. Nothing is done if they are there.
   *
   * @private
   * @param {ImageLayout} layout
   * @returns {import("./texture_format.js").TextureFormat}
   */
  prepare(layout) {
    const { gl } = this;
    if (this.layout === layout && this.format !== null) return this.format;
    for (const { texture } of this.tiles) gl.deleteTexture(texture);
    const format = textureFormat(gl, layout.dtype.code, layout.channels);
    const largest = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    this.tiles = [];
    for (let y = 0; y < layout.height; y += largest) {
      for (let x = 0; x < layout.width; x += largest) {
        const width = Math.min(largest, layout.width - x);
        const height = Math.min(largest, layout.height - y);
        const texture = gl.createTexture();
        gl.bindTexture(gl.TEXTURE_2D, texture);
        gl.texStorage2D(gl.TEXTURE_2D, 1, format.internalFormat, width, height);
        this.setNearest();
        this.tiles.push({ texture, x, y, width, height });
      }
    }
    this.layout = layout;
    this.format = format;
    this.note = format.note;
    return format;
  }

  /** @private Integer textures cannot be filtered, and no others are to be. */
  setNearest() {
    const { gl } = this;
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  }

  /**
   * @param {ImageLayout} layout
   * @param {TypedArray} plane its numbers in C order
   */
  upload(layout, plane) {
    const { gl } = this;
    const { format, type, convert } = this.prepare(layout);
    const pixels = convert(plane);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, layout.width);
    for (const { texture, x, y, width, height } of this.tiles) {
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, x);
      gl.pixelStorei(gl.UNPACK_SKIP_ROWS, y);
      gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format, type, pixels);
    }
  }

  /**
   * @param {import("./view.js").Placement} placement
   * @param {Look} look
   * @param {[number, number, number]} background 0 to 1
   */
  draw(placement, look, background) {
    const { gl, canvas, layout, format } = this;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(...background, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (layout === null || format === null) return;

    const { complex, sampler } = format;
    const isLabels = look.colormap === "labels" && !complex && layout.channels === 1;
    const ramp = look.gamma === 1 ? colormapRamp(look.colormap) : null;
    const hasColours = layout.channels > 1;
    const program = this.program({
      sampler,
      wide: layout.dtype.itemsize >= 4,
      texel: complex ? "magnitude" : hasColours ? "colour" : isLabels ? "label" : "number",
      table: ramp === null && !hasColours && !isLabels,
      power: hasColours && look.gamma !== 1,
    });
    const uniform = (/** @type {string} */ name) => gl.getUniformLocation(program, name);
    const { zoom, x, y } = placement;
    gl.useProgram(program);
    gl.uniform1i(uniform("image"), 0);
    gl.uniform2f(uniform("canvas"), canvas.width, canvas.height);
    gl.uniform1f(uniform("texelsPerPixel"), 1 / zoom);
    const [low, high] = look.limits;
    const lowHigh = sampler === "sampler2D" ? Math.fround(low) : Math.floor(low / 65536) * 65536;
    gl.uniform2f(uniform("low"), lowHigh, low - lowHigh);
    // Equal limits make a threshold, not a division by zero.
    gl.uniform1f(uniform("range"), high > low ? high - low : 1e-30);
    gl.uniform1f(uniform("gamma"), look.gamma);
    if (ramp !== null) {
      gl.uniform3f(uniform("first"), ...ramp.first);
      gl.uniform3f(uniform("last"), ...ramp.last);
    } else {
      gl.uniform1i(uniform("colors"), 1);
      gl.activeTexture(gl.TEXTURE1);
      gl.uniform1f(uniform("lastColor"), this.bindColors(look) - 1);
      gl.activeTexture(gl.TEXTURE0);
    }
    for (const tile of this.tiles) {
      gl.bindTexture(gl.TEXTURE_2D, tile.texture);
      const { width, height } = tile;
      const left = x + tile.x * zoom;
      const top = y + tile.y * zoom;
      gl.uniform4f(uniform("rectangle"), left, top, width * zoom, height * zoom);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
  }

  /** @private @param {Look} look @returns {number} how many colours there are */
  bindColors({ colormap, gamma }) {
    const { gl } = this;
    this.colors ??= gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.colors);
    // Gamma spreads one end: it needs more colours than the map itself has.
    const length = gamma === 1 ? 256 : 4096;
    const name = `${colormap} ${gamma}`;
    if (this.colorsName === name) return length;
    this.colorsName = name;
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, 0);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, 0);
    const { RGBA, UNSIGNED_BYTE } = gl;
    const table = colormapTable(colormap, length, gamma);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, length, 1, 0, RGBA, UNSIGNED_BYTE, table);
    this.setNearest();
    return length;
  }

  /**
   * @private
   * @param {import("./shader.js").ShaderVariant} variant
   * @returns {WebGLProgram}
   */
  program(variant) {
    const key = JSON.stringify(variant);
    const known = this.programs.get(key);
    if (known !== undefined) return known;
    const { gl } = this;
    const program = gl.createProgram();
    const sources = /** @type {const} */ ([
      [gl.VERTEX_SHADER, vertexSource],
      [gl.FRAGMENT_SHADER, fragmentSource(variant)],
    ]);
    for (const [type, source] of sources) {
      const shader = gl.createShader(type);
      if (shader === null) break; // The context was lost in between.
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
        throw new Error(`the shader for ${key} does not compile: ${gl.getShaderInfoLog(shader)}`);
      }
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`the shader for ${key} does not link: ${gl.getProgramInfoLog(program)}`);
    }
    this.programs.set(key, program);
    return program;
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
