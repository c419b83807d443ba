// @ts-check
/**
 * Which texture holds a dtype: its own wherever WebGL2 has it, so that no value changes.
 */

/** @typedef {import("../client/dtype.js").TypedArray} TypedArray */

/**
 * @typedef {object} TextureFormat
 * @property {number} internalFormat
 * @property {number} format
 * @property {number} type
 * @property {"usampler2D" | "isampler2D" | "sampler2D"} sampler
 * @property {boolean} complex whether a texel is a pair
 * @property {boolean} shifted whether `convert` takes `base` away from every number
 * @property {(array: TypedArray, base: number) => ArrayBufferView} convert the array itself where
 *   it fits
 */

/** @param {TypedArray} array */
const asItIs = (array) => array;

/**
 * Names of a dtype's constants: the end of the internal format, and the type.
 *
 * @type {{[code: string]: {internal: string, type: string}}}
 */
const own = {
  b1: { internal: "8UI", type: "UNSIGNED_BYTE" },
  u1: { internal: "8UI", type: "UNSIGNED_BYTE" },
  i1: { internal: "8I", type: "BYTE" },
  u2: { internal: "16UI", type: "UNSIGNED_SHORT" },
  i2: { internal: "16I", type: "SHORT" },
  u4: { internal: "32UI", type: "UNSIGNED_INT" },
  i4: { internal: "32I", type: "INT" },
  f2: { internal: "16F", type: "HALF_FLOAT" },
  f4: { internal: "32F", type: "FLOAT" },
};

/** @type {{[code: string]: {convert: (array: any, base: number) => Float32Array, note: string}}} */
const converted = {
  u8: {
    convert: (array, base) => wideToFloat(array, false, base),
    note: lossNote("numbers above 16 777 216 lose their last digits on screen"),
  },
  i8: {
    convert: (array, base) => wideToFloat(array, true, base),
    note: lossNote("numbers beyond ±16 777 216 lose their last digits on screen"),
  },
  f8: {
    convert: (/** @type {Float64Array} */ array, base) =>
      doubleToFloat(array, base),
    note: lossNote("7 of 16 digits are on screen"),
  },
};

/** @param {string} loss */
function lossNote(loss) {
  return (
    `Drawn as 32-bit floats: ${loss}. Where the contrast limits are close together, the lower ` +
    "one is taken away before, so that what lies between them is right."
  );
}

/** @param {Float64Array} array @param {number} base */
function doubleToFloat(array, base) {
  if (base === 0) return new Float32Array(array);
  const floats = new Float32Array(array.length);
  for (let i = 0; i < array.length; i += 1) floats[i] = array[i] - base;
  return floats;
}

/**
 * 64-bit integers, less a base, to floats by their halves: many times as fast as by BigInt, and
 * exact for what is near the base.
 *
 * @param {BigUint64Array | BigInt64Array} array
 * @param {boolean} signed
 * @param {number} base
 */
function wideToFloat(array, signed, base) {
  const { buffer, byteOffset, length } = array;
  const low = new Uint32Array(buffer, byteOffset, 2 * length);
  const high = signed ? new Int32Array(buffer, byteOffset, 2 * length) : low;
  const baseHigh = Math.floor(base / 4294967296);
  const baseLow = base - baseHigh * 4294967296;
  const floats = new Float32Array(length);
  for (let i = 0; i < length; i += 1) {
    floats[i] = (high[2 * i + 1] - baseHigh) * 4294967296 + (low[2 * i] - baseLow);
  }
  return floats;
}

/**
 * What to take away from every number before it becomes a 32-bit float: nothing, or the lower
 * limit where the limits lie so close together, far from zero, that a float could not tell apart
 * what lies between them.
 *
 * @param {readonly [number, number]} limits contrast limits
 * @param {number} before what is taken away now; it stays while it does
 */
export function floatBase(limits, before) {
  const [low, high] = limits;
  const span = Math.max(high - low, Number.MIN_VALUE);
  const far = (/** @type {number} */ base) =>
    Math.max(Math.abs(low - base), Math.abs(high - base)) / span > 4096;
  if (!far(before)) return before;
  return far(0) ? low : 0;
}

/**
 * What numbers lose on screen, "" if nothing.
 *
 * @param {string} code of their dtype
 */
export function lossOnScreen(code) {
  if (code === "c16") return "Drawn as 32-bit floats: 7 of 16 digits are on screen.";
  return converted[code]?.note ?? "";
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {string} code of the dtype
 * @param {number} channels numbers that make one colour: 1, 3 or 4
 * @returns {TextureFormat}
 */
export function textureFormat(gl, code, channels) {
  const constant = (/** @type {string} */ name) =>
    /** @type {number} */ (gl[/** @type {keyof WebGL2RenderingContext} */ (name)]);
  if (code === "c8" || code === "c16") {
    return {
      internalFormat: gl.RG32F,
      format: gl.RG,
      type: gl.FLOAT,
      sampler: "sampler2D",
      complex: true,
      shifted: false,
      convert: code === "c8" ? asItIs : (array) => new Float32Array(/** @type {any} */ (array)),
    };
  }
  const { internal, type } = own[code] ?? own.f4;
  const isInteger = internal.endsWith("I");
  const letters = channels === 3 ? "RGB" : channels === 4 ? "RGBA" : "R";
  const format = (channels === 1 ? "RED" : letters) + (isInteger ? "_INTEGER" : "");
  return {
    internalFormat: constant(letters + internal),
    format: constant(format),
    type: constant(type),
    sampler: internal.endsWith("UI") ? "usampler2D" : isInteger ? "isampler2D" : "sampler2D",
    complex: false,
    shifted: code in converted,
    convert: converted[code]?.convert ?? asItIs,
  };
}
