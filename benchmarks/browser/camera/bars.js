// @ts-check
/**
 * Whether the camera's bars are to be seen on a canvas: the last check of a measurement, on the pixels themselves.
 */

/** Changes from dark to bright or back that must be seen along the canvas's middle: the whole picture has 15 or 16. */
const fewest = 12;
/** Of 255, between a bar and the next. */
const contrast = 60;

/** @param {Uint8Array | Uint8ClampedArray} row four bytes a pixel @returns {string} what is wrong, "" if nothing */
export function missingBars(row) {
  const green = row.filter((_, i) => i % 4 === 1);
  const [dark, bright] = [Math.min(...green), Math.max(...green)];
  let changes = 0;
  let isBright = green[0] > (dark + bright) / 2;
  for (const value of green) {
    // Past the third on the other side: fine structure is no bar.
    if (isBright ? value < dark + (bright - dark) / 3 : value > bright - (bright - dark) / 3) {
      isBright = !isBright;
      changes += 1;
    }
  }
  if (bright - dark >= contrast && changes >= fewest) return "";
  return `along the middle of the canvas are ${changes} changes between ${dark} and ${bright}, which are not the camera's bars`;
}

/** The middle row of what is drawn with WebGL; leaves the context as it was. @param {WebGL2RenderingContext} gl */
export function middleRow(gl) {
  const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
  const row = new Uint8Array(4 * width);
  const framebuffer = gl.getParameter(gl.READ_FRAMEBUFFER_BINDING);
  const pack = gl.getParameter(gl.PIXEL_PACK_BUFFER_BINDING);
  gl.bindFramebuffer(gl.READ_FRAMEBUFFER, null);
  gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
  gl.readPixels(0, height >> 1, width, 1, gl.RGBA, gl.UNSIGNED_BYTE, row);
  gl.bindFramebuffer(gl.READ_FRAMEBUFFER, framebuffer);
  gl.bindBuffer(gl.PIXEL_PACK_BUFFER, pack);
  return row;
}
