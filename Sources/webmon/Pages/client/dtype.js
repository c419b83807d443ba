// @ts-check
/**
 * numpy's dtypes in JavaScript: which typed array holds them, and how one element is read.
 */

/**
 * @typedef {Uint8Array<ArrayBuffer> | Int8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>
 *   | Int16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>
 *   | BigUint64Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>
 *   | Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>} TypedArray
 */

/**
 * A dtype that a typed array can hold.
 *
 * @typedef {object} PlainDtype
 * @property {string} code numpy's kind and size without the byte order: "u2"
 * @property {string} name as numpy prints it: "uint16"
 * @property {number} itemsize bytes of one element
 * @property {number} lanes numbers in one element: 2 for complex, else 1
 * @property {(buffer: ArrayBuffer, offset: number, length: number) => TypedArray} view
 *   a view of `length` numbers; `offset` must be a multiple of their size
 */

/**
 * @param {string} code
 * @param {string} name
 * @param {number} itemsize
 * @param {number} lanes
 * @param {PlainDtype["view"]} view
 * @returns {PlainDtype}
 */
const plain = (code, name, itemsize, lanes, view) =>
  Object.freeze({ code, name, itemsize, lanes, view });

/**
 * The plain dtypes by their code on the wire; 0 stands for every other dtype.
 *
 * f2 comes as its bits in a Uint16Array: see `halfToNumber`. Complex numbers come as pairs.
 * @type {readonly (PlainDtype | null)[]}
 */
export const plainDtypes = Object.freeze([
  null,
  plain("b1", "bool", 1, 1, (b, o, n) => new Uint8Array(b, o, n)),
  plain("u1", "uint8", 1, 1, (b, o, n) => new Uint8Array(b, o, n)),
  plain("i1", "int8", 1, 1, (b, o, n) => new Int8Array(b, o, n)),
  plain("u2", "uint16", 2, 1, (b, o, n) => new Uint16Array(b, o, n)),
  plain("i2", "int16", 2, 1, (b, o, n) => new Int16Array(b, o, n)),
  plain("u4", "uint32", 4, 1, (b, o, n) => new Uint32Array(b, o, n)),
  plain("i4", "int32", 4, 1, (b, o, n) => new Int32Array(b, o, n)),
  plain("u8", "uint64", 8, 1, (b, o, n) => new BigUint64Array(b, o, n)),
  plain("i8", "int64", 8, 1, (b, o, n) => new BigInt64Array(b, o, n)),
  plain("f2", "float16", 2, 1, (b, o, n) => new Uint16Array(b, o, n)),
  plain("f4", "float32", 4, 1, (b, o, n) => new Float32Array(b, o, n)),
  plain("f8", "float64", 8, 1, (b, o, n) => new Float64Array(b, o, n)),
  plain("c8", "complex64", 8, 2, (b, o, n) => new Float32Array(b, o, n)),
  plain("c16", "complex128", 16, 2, (b, o, n) => new Float64Array(b, o, n)),
]);

/** @type {ReadonlyMap<string, PlainDtype>} */
const plainByCode = new Map(
  plainDtypes.flatMap((dtype) => (dtype === null ? [] : [[dtype.code, dtype]])),
);

/** Whether this machine stores the low byte first. All that run a browser today do. */
export const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * A float16 number from its 16 bits.
 *
 * @param {number} bits
 */
export function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Turns the byte order of every number around, in place.
 *
 * @param {Uint8Array} bytes
 * @param {number} size bytes of one number
 */
export function swapByteOrder(bytes, size) {
  const { buffer, byteOffset, length } = bytes;
  if (size === 2) {
    const words = new Uint16Array(buffer, byteOffset, length / 2);
    for (let i = 0; i < words.length; i += 1) {
      const word = words[i];
      words[i] = (word << 8) | (word >> 8);
    }
  } else if (size === 4) {
    const words = new Uint32Array(buffer, byteOffset, length / 4);
    for (let i = 0; i < words.length; i += 1) {
      const word = words[i];
      words[i] =
        (word << 24) | ((word & 0xff00) << 8) | ((word >> 8) & 0xff00) | (word >>> 24);
    }
  } else if (size > 1) {
    for (let start = 0; start < length; start += size) {
      bytes.subarray(start, start + size).reverse();
    }
  }
}

/**
 * numpy's code of a dtype, taken apart.
 *
 * @typedef {object} DtypeCode
 * @property {boolean} littleEndian
 * @property {string} kind one letter, as numpy's `dtype.kind` ("b", "u", ..., "S", "U", "V", "M")
 * @property {number} itemsize
 * @property {string} unit of dates and durations: "ns", "25us"; else ""
 */

/**
 * Takes a code as `<u2`, `|S10`, `<M8[25us]` apart.
 *
 * @param {string} code
 * @returns {DtypeCode | null} null if it is none
 */
export function parseDtypeCode(code) {
  const match = /^([<>|=]?)([?biufcSUVMm])(\d*)(?:\[([^\]]+)\])?$/.exec(code);
  if (match === null) return null;
  const [, order, letter, digits, unit = ""] = match;
  const kind = letter === "?" ? "b" : letter;
  const count = digits === "" ? 1 : Number(digits);
  return {
    littleEndian: order === ">" ? false : order === "<" ? true : hostIsLittleEndian,
    kind,
    itemsize: kind === "U" ? 4 * count : count,
    unit,
  };
}

/**
 * A dtype's name for people: "uint16", "float32 big-endian", "text, 10 bytes".
 *
 * @param {string} code numpy's code
 */
export function dtypeName(code) {
  const parsed = parseDtypeCode(code);
  if (parsed === null) return code;
  const { kind, itemsize, unit, littleEndian } = parsed;
  const order = littleEndian || code.startsWith("|") ? "" : " big-endian";
  const known = plainByCode.get(`${kind}${itemsize}`);
  if (known !== undefined) return known.name + order;
  switch (kind) {
    case "S":
      return `bytes ${itemsize}`;
    case "U":
      return `str ${itemsize / 4}${order}`;
    case "V":
      return `void ${itemsize}`;
    case "M":
      return `datetime64[${unit}]${order}`;
    case "m":
      return `timedelta64[${unit}]${order}`;
    default:
      return code;
  }
}

/**
 * One element as JavaScript sees it. 64-bit integers are BigInt; dates and durations are their
 * count of the dtype's unit, as BigInt; V stays bytes.
 *
 * @typedef {number | bigint | boolean | string | Uint8Array | {re: number, im: number}} Scalar
 */

/**
 * How to read one element of a dtype.
 *
 * @typedef {(view: DataView, offset: number) => Scalar} ReadScalar
 */

/** @type {Record<string, (little: boolean) => ReadScalar>} */
const numberReaders = {
  b1: () => (view, at) => view.getUint8(at) !== 0,
  u1: () => (view, at) => view.getUint8(at),
  i1: () => (view, at) => view.getInt8(at),
  u2: (little) => (view, at) => view.getUint16(at, little),
  i2: (little) => (view, at) => view.getInt16(at, little),
  u4: (little) => (view, at) => view.getUint32(at, little),
  i4: (little) => (view, at) => view.getInt32(at, little),
  u8: (little) => (view, at) => view.getBigUint64(at, little),
  i8: (little) => (view, at) => view.getBigInt64(at, little),
  M8: (little) => (view, at) => view.getBigInt64(at, little),
  m8: (little) => (view, at) => view.getBigInt64(at, little),
  f2: (little) => (view, at) => halfToNumber(view.getUint16(at, little)),
  f4: (little) => (view, at) => view.getFloat32(at, little),
  f8: (little) => (view, at) => view.getFloat64(at, little),
  c8: (little) => (view, at) => ({
    re: view.getFloat32(at, little),
    im: view.getFloat32(at + 4, little),
  }),
  c16: (little) => (view, at) => ({
    re: view.getFloat64(at, little),
    im: view.getFloat64(at + 8, little),
  }),
};

const utf8 = new TextDecoder();

/**
 * The reader of one element.
 *
 * @param {string} code numpy's code
 * @returns {ReadScalar | null} null if the code is not known
 */
export function scalarReader(code) {
  const parsed = parseDtypeCode(code);
  if (parsed === null) return null;
  const { kind, itemsize, littleEndian } = parsed;
  switch (kind) {
    case "S":
      return (view, at) => {
        const bytes = new Uint8Array(view.buffer, view.byteOffset + at, itemsize);
        let end = itemsize;
        while (end > 0 && bytes[end - 1] === 0) end -= 1;
        return utf8.decode(bytes.subarray(0, end));
      };
    case "U":
      return (view, at) => {
        let text = "";
        for (let i = 0; i < itemsize; i += 4) {
          const point = view.getUint32(at + i, littleEndian);
          text += point > 0x10ffff ? "\ufffd" : String.fromCodePoint(point);
        }
        return text.replace(/\0+$/, "");
      };
    case "V":
      return (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, itemsize);
    default:
      return numberReaders[`${kind}${itemsize}`]?.(littleEndian) ?? null;
  }
}
