// @ts-check
/**
 * Draws the tiles of levels: one quad a level, whatever it holds; and the producer's view.
 */

import { colormapTable } from "../image/colormaps.js";
import { colorSource, gridSource, pictureSource, vertexSource } from "./grid_shader.js";
import { LevelTextures } from "./level_textures.js";
import { states } from "./states.js";
import { side, summaries, summaryRow } from "./tile_block.js";

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
 * @property {Color | null} below what lies under an opaque level, null: not one colour
 */

/** The picture of the texels' colours. @typedef {{target: WebGLFramebuffer, texture: WebGLTexture, width: number, height: number}} ColorPicture */
/** @typedef {{program: WebGLProgram, at: (name: string) => WebGLUniformLocation | null}} Program */

/** Where tiles are smaller than this, pixels of the canvas, there are no lines. */
const smallestGrid = 5;
/** How much of the ink is on what is not known. */
const tint = 0.06;
/** Tiles that failed have stripes where they are so large. */
const smallestStripes = 12;
/** Pixels of the canvas along each side of what is drawn in one colour, at least. */
const smallestTexel = 2;

export class GridRenderer {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
    if (gl === null) throw new Error("This browser has no WebGL2, which draws the tiles.");
    this.gl = gl;
    /** @private @type {Map<TileLevel, LevelTextures>} */
    this.levels = new Map();
    /** @private @type {{programs: Map<string, Program>, ramp: WebGLTexture, colors: ColorPicture} | null} */
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
    for (const textures of this.levels.values()) textures.release();
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
    const ramp = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, ramp);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    const table = colormapTable("viridis");
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, table);
    const colors = { target: gl.createFramebuffer(), texture: gl.createTexture(), width: 0, height: 0 };
    this.tools = { programs: new Map(), ramp, colors };
    return this.tools;
  }

  /** @private @param {string} key @param {() => string} source @returns {Program} in use */
  use(key, source) {
    const { gl } = this;
    const { programs } = this.prepare();
    const known = programs.get(key);
    if (known !== undefined) {
      gl.useProgram(known.program);
      return known;
    }
    const made = this.program(source());
    programs.set(key, made);
    gl.useProgram(made.program);
    ["atlas", "table", "summary", "ramp"].forEach((name, unit) => gl.uniform1i(made.at(name), unit));
    gl.uniform3fv(made.at("palette"), states.flatMap(({ color }) => color.map((part) => part / 255)));
    return made;
  }

  /** @private A picture of at least this size to draw the colours of texels in. @param {number} width @param {number} height */
  colorPicture(width, height) {
    const { gl } = this;
    const { colors } = this.prepare();
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, colors.texture);
    if (colors.width < width || colors.height < height) {
      colors.width = Math.max(width, colors.width);
      colors.height = Math.max(height, colors.height);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, colors.width, colors.height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      gl.bindFramebuffer(gl.FRAMEBUFFER, colors.target);
      gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, colors.texture, 0);
    }
    gl.bindFramebuffer(gl.FRAMEBUFFER, colors.target);
    return colors;
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
    const picture = this.use("picture", () => pictureSource);
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
    gl.activeTexture(gl.TEXTURE0);
    textures.update();
    const { zoom, x, y } = placement;
    const left = x + translate[1] * zoom;
    const top = y + translate[0] * zoom;
    const width = level.extent[1] * zoom;
    const height = level.extent[0] * zoom;
    // What is outside of the canvas may be too far away for a float.
    const [x0, y0] = [Math.max(0, left), Math.max(0, top)];
    const [x1, y1] = [Math.min(canvas.width, left + width), Math.min(canvas.height, top + height)];
    if (x1 <= x0 || y1 <= y0) return;
    const across = level.tile[1] * level.scale[1] * zoom;
    const down = level.tile[0] * level.scale[0] * zoom;
    const [column, row] = [-left / across, -top / down];
    // Each texel covers two pixels of the canvas and more, so that a lone tile is seen, wherever it lies.
    const covered = smallestTexel / Math.min(across, down);
    const coarseness = Math.max(0, Math.min(textures.coarsest, Math.ceil(Math.log2(covered))));

    const size = Math.min(across, down);
    /** @type {[number, number]} column and row of the first texel in view */
    const first = [Math.max(0, Math.floor(column)) >> coarseness, Math.max(0, Math.floor(row)) >> coarseness];
    const end = [Math.floor(column + x1 / across), Math.floor(row + y1 / down)];
    const texelsAcross = (Math.min(level.columns - 1, end[0]) >> coarseness) - first[0] + 1;
    const texelsDown = (Math.min(level.rows - 1, end[1]) >> coarseness) - first[1] + 1;
    const colors = this.drawColors(textures, coloring, look.color, coarseness, first, texelsAcross, texelsDown);

    const variant = { lines: look.lines && size > smallestGrid, striped: size >= smallestStripes };
    const grid = this.use(`grid ${variant.lines} ${variant.striped}`, () => gridSource(variant));
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, colors.texture);
    gl.uniform2f(grid.at("canvas"), canvas.width, canvas.height);
    gl.uniform4f(grid.at("rectangle"), x0, y0, x1 - x0, y1 - y0);
    const texel = 2 ** coarseness;
    // Relative to the first texel: small numbers, which floats hold exactly enough.
    const [fromColumn, fromRow] = [(column + x0 / across) / texel - first[0], (row + y0 / down) / texel - first[1]];
    gl.uniform4f(grid.at("texels"), fromColumn, fromRow, (x1 - x0) / across / texel, (y1 - y0) / down / texel);
    gl.uniform1f(grid.at("opacity"), look.opacity);
    const [red, green, blue] = look.ink;
    const strength = 0.34 * Math.min(1, (size - smallestGrid) / 8);
    const thick = Math.max(1, Math.round(devicePixelRatio));
    if (look.below === null) {
      gl.uniform4f(grid.at("ground"), red * tint, green * tint, blue * tint, tint);
    } else {
      const [over, under] = [look.ink, look.below];
      const mixed = over.map((part, i) => part * tint + under[i] * (1 - tint));
      gl.uniform4f(grid.at("ground"), mixed[0], mixed[1], mixed[2], 1);
    }
    gl.uniform4f(grid.at("line"), red * strength, green * strength, blue * strength, strength);
    gl.uniform2f(grid.at("lineWidth"), thick / across, thick / down);
    if (look.below === null) gl.enable(gl.BLEND);
    else gl.disable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  /**
   * The colours of the texels in view, a pixel each.
   *
   * @private
   * @param {LevelTextures} textures
   * @param {Coloring} coloring
   * @param {Color} levelColor
   * @param {number} coarseness
   * @param {[number, number]} first column and row
   * @param {number} width @param {number} height
   */
  drawColors({ textures }, coloring, levelColor, coarseness, first, width, height) {
    const { gl, canvas } = this;
    const colors = this.colorPicture(width, height);
    const source = textures === null ? "nothing" : coarseness > summaries ? "summary" : "blocks";
    const made = this.use(`${source} ${coloring.by}`, () => colorSource({ source, coloring: coloring.by }));
    // The picture that is drawn in must not be bound, whatever is read.
    [textures?.atlas ?? null, textures?.table ?? null, textures?.summary ?? null, this.prepare().ramp].forEach((texture, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    });
    gl.viewport(0, 0, width, height);
    gl.disable(gl.BLEND);
    gl.uniform2f(made.at("canvas"), 1, 1);
    gl.uniform4f(made.at("rectangle"), 0, 0, 1, 1);
    gl.uniform2i(made.at("first"), ...first);
    gl.uniform1i(made.at("coarseness"), coarseness);
    gl.uniform2i(made.at("inSlot"), coarseness > 0 ? side : 0, summaryRow(Math.min(coarseness, summaries)));
    gl.uniform3f(made.at("levelColor"), ...levelColor);
    gl.uniform2f(made.at("loads"), ...coloring.loads);
    gl.uniform1ui(made.at("now"), coloring.now);
    gl.uniform2f(made.at("ages"), Math.log2(coloring.ages[0]), Math.log2(coloring.ages[1]));
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, canvas.width, canvas.height);
    return colors;
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
