// @ts-check
/**
 * Which way up an image is shown: mirrored first, then turned clockwise.
 */

/**
 * @typedef {object} Turn
 * @property {number} degrees clockwise, 0 to 360
 * @property {boolean} mirrorX left and right are swapped
 * @property {boolean} mirrorY top and bottom are swapped
 */

/**
 * Where a step in x, and a step in y, of the image leads on the screen.
 *
 * @param {Turn} turn
 * @returns {[number, number, number, number]}
 */
export function turnedBy({ degrees, mirrorX, mirrorY }) {
  const [sine, cosine] = sineAndCosine(degrees);
  const [x, y] = [mirrorX ? -1 : 1, mirrorY ? -1 : 1];
  // Zero, and not minus zero: it would show in what is compared with zero by its text.
  return [cosine * x + 0, sine * x + 0, -sine * y + 0, cosine * y + 0];
}

/**
 * Exact at right angles, where every pixel must be one of the screen.
 *
 * @param {number} degrees
 */
function sineAndCosine(degrees) {
  if (degrees % 90 === 0) {
    const quarter = (((degrees / 90) % 4) + 4) % 4;
    return [[0, 1, 0, -1][quarter], [1, 0, -1, 0][quarter]];
  }
  const radians = (degrees * Math.PI) / 180;
  return [Math.sin(radians), Math.cos(radians)];
}

/** @param {number} degrees of any size @returns {number} 0 to 360, to a tenth */
export function wholeTurn(degrees) {
  return Number(((((degrees % 360) + 360) % 360) + 0).toFixed(1)) % 360;
}

/**
 * For the address: `turn` and `flip`, null where they are nothing.
 *
 * @param {Turn} turn
 */
export function turnToAddress({ degrees, mirrorX, mirrorY }) {
  const flip = `${mirrorX ? "h" : ""}${mirrorY ? "v" : ""}`;
  return { turn: degrees === 0 ? null : String(degrees), flip: flip === "" ? null : flip };
}

/**
 * @param {string | null} turn
 * @param {string | null} flip
 * @returns {Turn}
 */
export function turnFromAddress(turn, flip) {
  const degrees = Number(turn ?? 0);
  return {
    degrees: Number.isFinite(degrees) ? wholeTurn(degrees) : 0,
    mirrorX: flip?.includes("h") ?? false,
    mirrorY: flip?.includes("v") ?? false,
  };
}
