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
 * @property {boolean} complex whether a texel is a pair, shown by its magnitude
 * @property {(array: TypedArray) => ArrayBufferView} convert the array itself where it fits
 * @property {string} note what is lost on screen, "" if nothing
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

/** @type {{[code: string]: {convert: (array: any) => Float32Array, note: string}}} */
const converted = {
  u8: {
    convert: (/** @type {BigUint64Array} */ array) => wideToFloat(array, false),
    note: "Drawn as 32-bit floats: numbers above 16 777 216 lose their last digits on screen.",
  },
  i8: {
    convert: (/** @type {BigInt64Array} */ array) => wideToFloat(array, true),
    note: "Drawn as 32-bit floats: numbers beyond ±16 777 216 lose their last digits on screen.",
  },
  f8: {
    convert: (/** @type {Float64Array} */ array) => Float32Array.from(array),
    note: "Drawn as 32-bit floats: 7 of 16 digits are on screen.",
  },
};

/**
 * 64-bit integers to floats by their halves: many times as fast as by BigInt.
 *
 * @param {BigUint64Array | BigInt64Array} array
 * @param {boolean} signed
 */
function wideToFloat(array, signed) {
  const { buffer, byteOffset, length } = array;
  const low = new Uint32Array(buffer, byteOffset, 2 * length);
  const high = signed ? new Int32Array(buffer, byteOffset, 2 * length) : low;
  const floats = new Float32Array(length);
  for (let i = 0; i < length; i += 1) floats[i] = high[2 * i + 1] * 4294967296 + low[2 * i];
  return floats;
}

/**
 * @param {WebGL2RenderingContext} gl
 * @param {string} code of the dtype
 * @param {1 | 3 | 4} channels
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
      convert: code === "c8" ? asItIs : (array) => Float32Array.from(/** @type {any} */ (array)),
      note:
        "Magnitude of the complex numbers." +
        (code === "c16" ? " Drawn as 32-bit floats: 7 of 16 digits are on screen." : ""),
    };
  }
  const { internal, type } = own[code] ?? own.f4;
  const isInteger = internal.endsWith("I");
  const letters = { 1: "R", 3: "RGB", 4: "RGBA" }[channels];
  const format = (channels === 1 ? "RED" : letters) + (isInteger ? "_INTEGER" : "");
  return {
    internalFormat: constant(letters + internal),
    format: constant(format),
    type: constant(type),
    sampler: internal.endsWith("UI") ? "usampler2D" : isInteger ? "isampler2D" : "sampler2D",
    complex: false,
    convert: converted[code]?.convert ?? asItIs,
    note: converted[code]?.note ?? "",
  };
}
