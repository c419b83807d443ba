// @ts-check
/**
 * Draws the tiles of levels: one quad a level, whatever it holds; and the producer's view.
 */

import { colormapTable } from "../image/colormaps.js";
import { gridSource, pictureSource, vertexSource } from "./grid_shader.js";
import { LevelTextures } from "./level_textures.js";
import { states } from "./states.js";

/** @typedef {import("./tile_level.js").TileLevel} TileLevel */
/** @typedef {import("./declaration.js").Level} Level */
/** @typedef {import("./map_view.js").Rectangle} Rectangle */
/** @typedef {{zoom: number, x: number, y: number}} Placement */
/** @typedef {[number, number, number]} Color 0 to 1 */

/**
 * @typedef {object} Coloring
 * @property {"state" | "level" | "load" | "age"} by
 * @property {[number, number]} loads codes of milliseconds at the ramp's ends
 * @property {number} now in steps of time
 * @property {[number, number]} ages steps of time at the ramp's ends
 */

/**
 * @typedef {object} LevelLook
 * @property {Color} color for `level`
 * @property {number} opacity
 * @property {boolean} lines whether the grid is drawn
 * @property {Color} ink of the grid
 */

/** @typedef {{program: WebGLProgram, at: (name: string) => WebGLUniformLocation | null}} Program */

const colorings = /** @type {const} */ (["state", "level", "load", "age"]);
/** Where tiles are smaller than this, pixels of the canvas, there are no lines. */
const smallestGrid = 5;

export class GridRenderer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
    if (gl === null) throw new Error("This browser has no WebGL2, which draws the tiles.");
    this.gl = gl;
    /** @private @type {Map<TileLevel, LevelTextures>} */
    this.levels = new Map();
    /** @private @type {{grid: Program, picture: Program, ramp: WebGLTexture, empty: WebGLTexture} | null} */
    this.tools = null;
  }

  get lost() {
    return this.gl.isContextLost();
  }

  /** Forgets what the context held, after it was lost. */
  restart() {
    this.tools = null;
    for (const textures of this.levels.values()) textures.restart();
  }

  /** No tiles of before are drawn any more. */
  forget() {
    for (const textures of this.levels.values()) textures.free();
    this.levels.clear();
  }

  /** What cannot be shown of a level, "" if nothing. @param {TileLevel} level */
  complaint(level) {
    const textures = this.levels.get(level);
    if (textures === undefined || textures.missing === 0) return "";
    return textures.fits
      ? "Tiles in more places have a state than this browser can draw: the last ones are left out."
      : `${level.rows} × ${level.columns} tiles are more than this browser can draw.`;
  }

  /** @private */
  prepare() {
    if (this.tools !== null) return this.tools;
    const { gl } = this;
    const make = () => {
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      return texture;
    };
    const ramp = make();
    const table = colormapTable("viridis");
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, table);
    const empty = make();
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R32UI, 1, 1);
    const grid = this.program(gridSource);
    gl.useProgram(grid.program);
    ["atlas", "table", "summary", "ramp"].forEach((name, unit) => gl.uniform1i(grid.at(name), unit));
    gl.uniform3fv(grid.at("palette"), states.flatMap(({ color }) => color.map((part) => part / 255)));
    this.tools = { grid, picture: this.program(pictureSource), ramp, empty };
    return this.tools;
  }

  /** @private @param {string} fragment @returns {Program} */
  program(fragment) {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [type, source] of /** @type {const} */ ([
      [gl.VERTEX_SHADER, vertexSource],
      [gl.FRAGMENT_SHADER, fragment],
    ])) {
      const shader = gl.createShader(type);
      if (shader === null) break; // The context was lost in between.
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`a shader does not compile: ${gl.getProgramInfoLog(program)}`);
    }
    /** @type {Map<string, WebGLUniformLocation | null>} */
    const places = new Map();
    const at = (/** @type {string} */ name) => {
      if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
      return places.get(name) ?? null;
    };
    return { program, at };
  }

  /** @param {Color} background */
  begin(background) {
    const { gl, canvas } = this;
    this.prepare();
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(...background, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  /**
   * A picture in a rectangle of the canvas.
   *
   * @param {WebGLTexture} texture
   * @param {number} left @param {number} top @param {number} width @param {number} height
   */
  drawPicture(texture, left, top, width, height) {
    const { gl, canvas } = this;
    const { picture } = this.prepare();
    gl.useProgram(picture.program);
    gl.disable(gl.BLEND);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.uniform2f(picture.at("canvas"), canvas.width, canvas.height);
    gl.uniform4f(picture.at("rectangle"), left, top, width, height);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /**
   * @param {TileLevel} tiles
   * @param {Level} level
   * @param {[number, number]} translate of its layer, y and x
   * @param {Placement} placement
   * @param {Coloring} coloring
   * @param {LevelLook} look
   */
  drawLevel(tiles, level, translate, placement, coloring, look) {
    const { gl, canvas } = this;
    let textures = this.levels.get(tiles);
    if (textures === undefined) {
      textures = new LevelTextures(gl, tiles);
      this.levels.set(tiles, textures);
    }
    const { grid, ramp, empty } = this.prepare();
    gl.activeTexture(gl.TEXTURE0);
    textures.update();
    const { zoom, x, y } = placement;
    const left = x + translate[1] * zoom;
    const top = y + translate[0] * zoom;
    const width = level.shape[1] * level.scale[1] * zoom;
    const height = level.shape[0] * level.scale[0] * zoom;
    // What is outside of the canvas may be too far away for a float.
    const [x0, y0] = [Math.max(0, left), Math.max(0, top)];
    const [x1, y1] = [Math.min(canvas.width, left + width), Math.min(canvas.height, top + height)];
    if (x1 <= x0 || y1 <= y0) return;
    const across = level.tile[1] * level.scale[1] * zoom;
    const down = level.tile[0] * level.scale[0] * zoom;
    const [column, row] = [-left / across, -top / down];
    const [wholeColumn, wholeRow] = [Math.floor(column), Math.floor(row)];
    // Two pixels of the canvas and more: see the shader.
    const covered = 2 / Math.min(across, down);
    const coarseness = Math.max(0, Math.min(textures.coarsest, Math.ceil(Math.log2(covered))));

    gl.useProgram(grid.program);
    const bound = textures.textures;
    [bound?.atlas ?? empty, bound?.table ?? empty, bound?.summary ?? empty, ramp].forEach((texture, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    });
    gl.uniform1i(grid.at("known"), bound === null ? 0 : 1);
    gl.uniform2f(grid.at("canvas"), canvas.width, canvas.height);
    gl.uniform4f(grid.at("rectangle"), x0, y0, x1 - x0, y1 - y0);
    gl.uniform2i(grid.at("base"), wholeColumn, wholeRow);
    gl.uniform2f(grid.at("part"), column - wholeColumn, row - wholeRow);
    gl.uniform2f(grid.at("tilesPerPixel"), 1 / across, 1 / down);
    gl.uniform2i(grid.at("grid"), level.columns, level.rows);
    gl.uniform1i(grid.at("coarseness"), coarseness);
    gl.uniform1i(grid.at("coloring"), colorings.indexOf(coloring.by));
    gl.uniform3f(grid.at("levelColor"), ...look.color);
    gl.uniform2f(grid.at("loads"), ...coloring.loads);
    gl.uniform2ui(grid.at("now"), Math.floor(coloring.now / 65536), coloring.now % 65536);
    gl.uniform2f(grid.at("ages"), Math.log2(coloring.ages[0]), Math.log2(coloring.ages[1]));
    gl.uniform1f(grid.at("opacity"), look.opacity);
    const [red, green, blue] = look.ink;
    const size = Math.min(across, down);
    const strength = look.lines ? 0.34 * Math.min(1, Math.max(0, (size - smallestGrid) / 8)) : 0;
    gl.uniform4f(grid.at("ground"), red * 0.06, green * 0.06, blue * 0.06, 0.06);
    gl.uniform4f(grid.at("line"), red * strength, green * strength, blue * strength, strength);
    gl.uniform1f(grid.at("lineWidth"), Math.max(1, Math.round(devicePixelRatio)));
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /**
   * The outline of a rectangle of the image, yellow within black: seen on any colour.
   *
   * @param {Rectangle} rectangle
   * @param {Placement} placement
   */
  drawFrustum({ top, left, bottom, right }, { zoom, x, y }) {
    const thick = Math.max(2, Math.round(2 * devicePixelRatio));
    const [x0, y0] = [Math.round(x + left * zoom), Math.round(y + top * zoom)];
    // However small it is, it can be seen.
    const x1 = Math.max(x0 + 3 * thick, Math.round(x + right * zoom));
    const y1 = Math.max(y0 + 3 * thick, Math.round(y + bottom * zoom));
    this.outline(x0 - 1, y0 - 1, x1 + 1, y1 + 1, thick + 2, [0, 0, 0]);
    this.outline(x0, y0, x1, y1, thick, [1, 0.88, 0]);
  }

  /**
   * @private
   * @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1
   * @param {number} thick inwards
   * @param {Color} color
   */
  outline(x0, y0, x1, y1, thick, color) {
    const { gl, canvas } = this;
    gl.enable(gl.SCISSOR_TEST);
    gl.clearColor(...color, 1);
    for (const [left, top, right, bottom] of [
      [x0, y0, x1, y0 + thick],
      [x0, y1 - thick, x1, y1],
      [x0, y0, x0 + thick, y1],
      [x1 - thick, y0, x1, y1],
    ]) {
      const [from, to] = [Math.max(0, left), Math.min(canvas.width, right)];
      const [above, below] = [Math.max(0, top), Math.min(canvas.height, bottom)];
      if (to <= from || below <= above) continue;
      gl.scissor(from, canvas.height - below, to - from, below - above);
      gl.clear(gl.COLOR_BUFFER_BIT);
    }
    gl.disable(gl.SCISSOR_TEST);
  }
}
