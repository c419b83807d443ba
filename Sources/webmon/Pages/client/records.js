// @ts-check
/**
 * Structured records: columns, rows and single values of a payload, by the stream's fields.
 */

import {
  hostIsLittleEndian,
  parseDtypeCode,
  plainDtypes,
  scalarReader,
  swapByteOrder,
} from "./dtype.js";

/**
 * A field as the server describes it.
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {string | null} title
 * @property {number} offset from the record's beginning (of the parent's, for a nested field)
 * @property {string | null} dtype numpy's code; null if it has fields of its own
 * @property {Field[] | null} fields
 * @property {number[]} shape of a subarray, [] if it is none
 * @property {number} itemsize of one element
 */

/**
 * A field with its place in the whole record.
 *
 * @typedef {object} Column
 * @property {string} path names from the outside in, joined by dots: "position.x"
 * @property {string | null} dtype numpy's code; null for a subarray of records
 * @property {Field[] | null} fields
 * @property {number[]} shape of a subarray, [] if it is none
 * @property {number} offset
 * @property {number} itemsize of one element
 */

/**
 * @typedef {import("./dtype.js").Scalar | unknown[] | {[name: string]: unknown}} Value
 */

/**
 * The columns of a dtype, nested fields laid flat. A dtype without fields has one column,
 * whose path is "".
 *
 * @param {{dtype: string | null, fields: Field[] | null, itemsize: number}} layout
 * @returns {Column[]}
 */
export function columnsOf(layout) {
  if (layout.fields === null) {
    const { dtype, itemsize } = layout;
    return [{ path: "", dtype, fields: null, shape: [], offset: 0, itemsize }];
  }
  /** @type {Column[]} */
  const columns = [];
  /** @param {Field[]} fields @param {string} prefix @param {number} base */
  const collect = (fields, prefix, base) => {
    for (const field of fields) {
      const path = prefix + field.name;
      const offset = base + field.offset;
      if (field.fields !== null && field.shape.length === 0) {
        collect(field.fields, `${path}.`, offset);
      } else {
        const { dtype, shape, itemsize } = field;
        columns.push({ path, dtype, fields: field.fields, shape, offset, itemsize });
      }
    }
  };
  collect(layout.fields, "", 0);
  return columns;
}

/** The records of one payload. Values are read when they are asked for. */
export class Records {
  /**
   * @param {ArrayBuffer} buffer
   * @param {number} offset of the first record
   * @param {number} length number of records
   * @param {{dtype: string | null, fields: Field[] | null, itemsize: number}} layout
   */
  constructor(buffer, offset, length, layout) {
    this.length = length;
    this.columns = columnsOf(layout);
    /** @private */
    this.layout = layout;
    /** @private */
    this.view = new DataView(buffer, offset, length * layout.itemsize);
    /** @private @type {Map<string, Column>} */
    this.byPath = new Map(this.columns.map((column) => [column.path, column]));
    /** @private @type {Map<string, ReadValue>} those that were asked for */
    this.readers = new Map();
  }

  /**
   * One value.
   *
   * @param {number} index of the record
   * @param {string} [path] as in `columns`; may be left out where the dtype has no fields
   * @returns {Value}
   */
  get(index, path = "") {
    return this.readerOf(path)(this.view, index * this.layout.itemsize);
  }

  /**
   * One record as an object, nested fields laid flat.
   *
   * @param {number} index
   * @returns {{[path: string]: Value}}
   */
  row(index) {
    const start = index * this.layout.itemsize;
    return Object.fromEntries(
      this.columns.map(({ path }) => [path, this.readerOf(path)(this.view, start)]),
    );
  }

  /**
   * One column as a typed array (a copy, since records are interleaved), or as a plain array
   * where no typed array holds it. f2 comes as Float32Array; a subarray's elements lie flat.
   *
   * @param {string} [path]
   * @returns {import("./dtype.js").TypedArray | Value[]}
   */
  column(path = "") {
    const column = this.columnAt(path);
    const code = column.dtype === null ? null : parseDtypeCode(column.dtype);
    const name = code === null ? "" : `${code.kind.replace(/[Mm]/, "i")}${code.itemsize}`;
    const plain = plainDtypes.find((dtype) => dtype?.code === name) ?? null;
    if (plain === null || code === null) {
      return Array.from({ length: this.length }, (_, i) => this.get(i, path));
    }
    const count = column.shape.reduce((product, extent) => product * extent, 1);
    const lane = plain.itemsize / plain.lanes;
    const bytes = this.gathered(column.offset, count * plain.itemsize, lane);
    if (code.littleEndian !== hostIsLittleEndian) swapByteOrder(bytes, lane);
    if (plain.code === "f2") {
      const read = /** @type {import("./dtype.js").ReadScalar} */ (scalarReader("=f2"));
      const halves = new DataView(bytes.buffer);
      return Float32Array.from({ length: bytes.length / 2 }, (_, i) =>
        Number(read(halves, 2 * i)),
      );
    }
    return plain.view(bytes.buffer, 0, bytes.length / lane);
  }

  /**
   * The same bytes of every record, one after the other.
   *
   * @private
   * @param {number} offset in the record
   * @param {number} size bytes of each record
   * @param {number} lane bytes of a number; `size` is a multiple
   */
  gathered(offset, size, lane) {
    const { itemsize } = this.layout;
    const { buffer, byteOffset } = this.view;
    const bytes = new Uint8Array(size * this.length);
    const begin = byteOffset + offset;
    const Word = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array }[lane];
    if (Word !== undefined && begin % lane === 0 && itemsize % lane === 0) {
      // By whole words: many times as fast as by slices of bytes.
      const source = new Word(buffer, begin, this.length === 0 ? 0 : ((this.length - 1) * itemsize + size) / lane);
      const target = new Word(bytes.buffer);
      const words = size / lane;
      const stride = itemsize / lane;
      for (let i = 0, to = 0; i < this.length; i += 1) {
        for (let word = 0; word < words; word += 1, to += 1) target[to] = source[i * stride + word];
      }
      return bytes;
    }
    for (let i = 0; i < this.length; i += 1) {
      bytes.set(new Uint8Array(buffer, begin + i * itemsize, size), i * size);
    }
    return bytes;
  }

  /** @private @param {string} path */
  readerOf(path) {
    const known = this.readers.get(path);
    if (known !== undefined) return known;
    const read = valueReader(this.columnAt(path));
    this.readers.set(path, read);
    return read;
  }

  /** @private @param {string} path */
  columnAt(path) {
    const column = this.byPath.get(path);
    if (column === undefined) {
      const known = this.columns.map((c) => c.path || "(the whole element)").join(", ");
      throw new RangeError(`there is no field "${path}"; the fields are ${known}`);
    }
    return column;
  }
}

/**
 * Reads a column's value out of the record that begins at `start` of a view.
 *
 * @typedef {(view: DataView, start: number) => Value} ReadValue
 */

/**
 * How a column is read: made once, since the dtype's code is read for it.
 *
 * @param {Pick<Column, "dtype" | "fields" | "shape" | "offset" | "itemsize">} column
 * @returns {ReadValue}
 */
export function valueReader(column) {
  const { dtype, fields, shape, offset, itemsize } = column;
  if (shape.length > 0) {
    const [extent, ...rest] = shape;
    const stride = rest.reduce((product, n) => product * n, itemsize);
    const read = valueReader({ ...column, shape: rest, offset: 0 });
    return (view, start) =>
      Array.from({ length: extent }, (_, i) => read(view, start + offset + i * stride));
  }
  if (fields !== null) {
    const readers = fields.map((field) => ({ name: field.name, read: valueReader(field) }));
    return (view, start) =>
      Object.fromEntries(readers.map(({ name, read }) => [name, read(view, start + offset)]));
  }
  const read = dtype === null ? null : scalarReader(dtype);
  if (read !== null) return (view, start) => read(view, start + offset);
  return (view, start) => new Uint8Array(view.buffer, view.byteOffset + start + offset, itemsize);
}
