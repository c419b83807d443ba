// @ts-check
/**
 * The textures of one rectangle of pixels: one, or several where it is larger than one can be.
 */

import { textureFormat } from "./texture_format.js";

/** @typedef {import("./layout.js").ImageLayout} ImageLayout */

/**
 * @typedef {object} Patch
 * @property {ImageLayout} layout
 * @property {import("./texture_format.js").TextureFormat} format
 * @property {number} height
 * @property {number} width
 * @property {number} stride texels in a row for each pixel: the channels that are blended
 * @property {number} base what was taken away from every number
 * @property {{texture: WebGLTexture, x: number, y: number, width: number, height: number}[]} parts
 */

/**
 * @param {WebGL2RenderingContext} gl
 * @param {ImageLayout} layout
 * @param {number} height @param {number} width
 * @returns {Patch}
 */
export function makePatch(gl, layout, height, width) {
  const stride = layout.blended ? layout.channels : 1;
  const format = textureFormat(gl, layout.dtype.code, layout.blended ? 1 : layout.channels);
  const largest = gl.getParameter(gl.MAX_TEXTURE_SIZE);
  const across = Math.floor(largest / stride);
  /** @type {Patch["parts"]} */
  const parts = [];
  for (let y = 0; y < height; y += largest) {
    for (let x = 0; x < width; x += across) {
      const part = { x, y, width: Math.min(across, width - x), height: Math.min(largest, height - y) };
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texStorage2D(gl.TEXTURE_2D, 1, format.internalFormat, part.width * stride, part.height);
      // Integer textures cannot be filtered, and no others are to be.
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
      parts.push({ texture, ...part });
    }
  }
  return { layout, format, height, width, stride, base: 0, parts };
}
