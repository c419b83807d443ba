// @ts-check
/**
 * Brings numbers to the graphics processor and paints them, as fast as it goes. That it was done is seen by reading a pixel back, which waits for it.
 *
 * The limit is WebGL with the least that shows them; webmon's is what its pages draw with.
 */

/** Two frames take turns: what was painted before cannot pass for the newest. */
const grays = [64, 192];
const whole = 65535;

/**
 * @typedef {object} Painter
 * @property {(array: Uint16Array) => void} upload
 * @property {(width: number, height: number) => void} draw on so much of the canvas
 * @property {WebGL2RenderingContext} gl
 */

/** As square as can be. @param {number} bytes */
function sizeOf(bytes) {
  const width = 2 ** Math.ceil(Math.log2(bytes / 2) / 2);
  return { width, height: bytes / 2 / width };
}

/** @param {HTMLCanvasElement} canvas @param {number} bytes @returns {Painter} */
export function barePainter(canvas, bytes) {
  const { width, height } = sizeOf(bytes);
  const gl = /** @type {WebGL2RenderingContext} */ (canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false }));
  const program = gl.createProgram();
  const shaders = {
    [gl.VERTEX_SHADER]: `#version 300 es
      void main() { gl_Position = vec4(ivec2(gl_VertexID & 1, gl_VertexID >> 1) * 4 - 1, 0, 1); }`,
    [gl.FRAGMENT_SHADER]: `#version 300 es
      precision highp float; precision highp usampler2D;
      uniform usampler2D image; uniform vec2 scale; out vec4 colour;
      void main() { colour = vec4(vec3(float(texelFetch(image, ivec2(gl_FragCoord.xy * scale), 0).r) / ${whole}.0), 1); }`,
  };
  for (const [type, text] of Object.entries(shaders)) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(Number(type)));
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  gl.uniform2f(gl.getUniformLocation(program, "scale"), width / canvas.width, height / canvas.height);
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
  gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R16UI, width, height);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  return {
    gl,
    upload: (array) => gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RED_INTEGER, gl.UNSIGNED_SHORT, array),
    draw(across, down) {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.enable(gl.SCISSOR_TEST);
      gl.scissor(0, 0, across, down);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    },
  };
}

/** @param {HTMLCanvasElement} canvas @param {number} bytes @returns {Promise<Painter>} */
export async function webmonPainter(canvas, bytes) {
  const { Renderer } = await import(/** @type {string} */ ("/image/renderer.js"));
  const { layoutOf } = await import(/** @type {string} */ ("/image/layout.js"));
  const { width, height } = sizeOf(bytes);
  const layout = layoutOf({ kind: "frames", name: "camera", dtype: "<u2", descr: "'<u2'", fields: [], shape: [height, width], metadata: {} });
  const renderer = new Renderer(canvas);
  /** @type {any} */
  let patch = null;
  const look = { limits: [0, whole], gamma: 1, colormap: "gray" };
  const manner = { magnify: "nearest", shrink: "nearest", part: "magnitude" };
  // The whole picture stretches over the canvas's longer side; as with the limit, each of the canvas's pixels has one of its.
  const zoom = Math.max(canvas.width / width, canvas.height / height);
  const placement = { zoom, x: 0, y: 0, matrix: [zoom, 0, 0, zoom] };
  return {
    gl: renderer.gl,
    upload(array) {
      patch = renderer.upload(patch, layout, array, height, width, 0);
    },
    draw(across, down) {
      renderer.gl.enable(renderer.gl.SCISSOR_TEST);
      renderer.gl.scissor(0, 0, across, down);
      renderer.draw([{ patch, level: 0, y: 0, x: 0, clip: [0, 0, height, width] }], placement, [{ look, channel: 0 }], manner, [0, 0, 0]);
    },
  };
}

/**
 * @param {Painter} painter
 * @param {number} bytes of a frame
 * @param {boolean} paint the whole canvas, or one pixel of it
 * @param {number} seconds
 * @returns {Promise<number>} frames a second
 */
export async function screenRate(painter, bytes, paint, seconds) {
  const { gl } = painter;
  const arrays = grays.map((gray) => new Uint16Array(bytes / 2).fill(gray * 257));
  const pixel = new Uint8Array(4);
  const once = (/** @type {number} */ number) => {
    painter.upload(arrays[number % 2]);
    if (paint) painter.draw(gl.canvas.width, gl.canvas.height);
    else painter.draw(1, 1);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    const right = grays[number % 2];
    if (Math.abs(pixel[0] - right) > 1) throw new Error(`the canvas is ${pixel[0]}, not ${right}`);
  };
  for (let number = 0; number < 3; number += 1) once(number);
  const start = performance.now();
  let frames = 0;
  while (performance.now() - start < 1000 * seconds) {
    once(frames);
    frames += 1;
    // As a page does: one picture a turn of its loop, and the browser may do something else.
    if (frames % 8 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return (1000 * frames) / (performance.now() - start);
}
