// @ts-check
/**
 * The programs of the graphics processor, made when they are first needed.
 */

import { fragmentSource, vertexSource } from "./shader.js";

/** @typedef {(name: string) => WebGLUniformLocation | null} Uniforms */

export class Programs {
  /** @param {WebGL2RenderingContext} gl */
  constructor(gl) {
    /** @private */
    this.gl = gl;
    /** @private @type {Map<string, {program: WebGLProgram, uniform: Uniforms}>} */
    this.made = new Map();
  }

  /**
   * Draws with a variant of the shaders from now on.
   *
   * @param {import("./shader.js").ShaderVariant} variant
   * @returns {Uniforms} where its uniforms are; null for one that it has not
   */
  use(variant) {
    const key = JSON.stringify(variant);
    const found = this.made.get(key) ?? this.make(key, variant);
    this.gl.useProgram(found.program);
    return found.uniform;
  }

  /**
   * @private
   * @param {string} key
   * @param {import("./shader.js").ShaderVariant} variant
   */
  make(key, variant) {
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
    /** @type {Map<string, WebGLUniformLocation | null>} */
    const places = new Map();
    const uniform = (/** @type {string} */ name) => {
      const known = places.get(name);
      if (known !== undefined) return known;
      const place = gl.getUniformLocation(program, name);
      places.set(name, place);
      return place;
    };
    const made = { program, uniform };
    this.made.set(key, made);
    return made;
  }
}
