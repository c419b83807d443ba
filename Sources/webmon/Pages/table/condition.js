// @ts-check
/**
 * What somebody types to choose rows: `>= 3`, `!= x`, `1..5`, `/…/`, or text that a value contains.
 */

import { parseDtypeCode } from "../client/dtype.js";
import { nanoseconds, notATime } from "./format_value.js";

/**
 * Whether a value is meant; its whole text is made only if it is asked for.
 *
 * @typedef {(value: unknown, text: () => string) => boolean} Condition
 */

/** @typedef {number | bigint | string} Operand */

/**
 * How the values of a column compare with what was typed.
 *
 * @typedef {object} Kind
 * @property {(text: string) => Operand} operand throws a text that says what is wrong
 * @property {(value: any) => Operand | null} key what is compared; null: with nothing
 * @property {boolean} hasRanges
 */

const operators = /^(>=|<=|!=|==|=|>|<)\s*(.*)$/s;

/**
 * @param {string} typed
 * @param {Pick<import("../client/records.js").Column, "dtype" | "fields" | "shape">} column
 * @returns {Condition | null} null where nothing is asked
 * @throws {Error} what is wrong with it, for whoever typed it
 */
export function parseCondition(typed, column) {
  const text = typed.trim();
  if (text === "") return null;
  const pattern = parsePattern(text);
  if (pattern !== null) return (_, whole) => pattern.test(whole());
  const kind = kindOf(column);
  const match = operators.exec(text);
  if (match !== null) return comparison(match[1], match[2].trim(), kind);
  const range = /^(.*?)\.\.(.*)$/s.exec(text);
  if (kind?.hasRanges && range !== null) return between(range[1].trim(), range[2].trim(), kind);
  const wanted = text.toLowerCase();
  return (_, whole) => whole().toLowerCase().includes(wanted);
}

/**
 * What is looked for in all columns: text, or a pattern.
 *
 * @param {string} typed
 * @returns {((text: string) => boolean) | null}
 * @throws {Error}
 */
export function parseSearch(typed) {
  const text = typed.trim();
  if (text === "") return null;
  const pattern = parsePattern(text);
  if (pattern !== null) return (whole) => pattern.test(whole);
  const wanted = text.toLowerCase();
  return (whole) => whole.toLowerCase().includes(wanted);
}

/** @param {string} text @returns {RegExp | null} */
function parsePattern(text) {
  if (!text.startsWith("/")) return null;
  const end = text.lastIndexOf("/");
  if (end === 0) throw new Error("The pattern has no end: write /…/, or /…/i for any case");
  const flags = text.slice(end + 1);
  if (!/^[imsu]*$/.test(flags)) {
    throw new Error(`After the pattern stands “${flags}”; only i, m, s and u may stand there`);
  }
  try {
    return new RegExp(text.slice(1, end), flags);
  } catch (error) {
    throw new Error(error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} operator @param {string} typed @param {Kind | null} kind @returns {Condition} */
function comparison(operator, typed, kind) {
  if (typed === "" && kind !== textKind) {
    throw new Error(`After ${operator} a value is missing, as in ${operator} 3`);
  }
  const isNegated = operator === "!=";
  if (kind === null) {
    // Lists, bytes, records and complex numbers have no order; their text is or is not equal.
    if (!isNegated && !operator.startsWith("=")) {
      throw new Error(`Values of this column have no order; = and != compare them, not ${operator}`);
    }
    if (operator === ">=" || operator === "<=") throw new Error("Values have no order");
    return (_, whole) => (whole() === typed) !== isNegated;
  }
  const operand = kind.operand(typed);
  if (typeof operand === "number" && Number.isNaN(operand)) {
    if (!isNegated && operator !== "=" && operator !== "==") {
      throw new Error("nan has no order; = nan and != nan are there");
    }
    return (value) => Number.isNaN(Number(kind.key(value) ?? NaN)) !== isNegated;
  }
  const { key } = kind;
  switch (operator) {
    case ">=":
      return (value) => isOrdered(key(value), (k) => k >= operand);
    case "<=":
      return (value) => isOrdered(key(value), (k) => k <= operand);
    case ">":
      return (value) => isOrdered(key(value), (k) => k > operand);
    case "<":
      return (value) => isOrdered(key(value), (k) => k < operand);
    default:
      // An integer of 64 bits and a number may be equal, too.
      return (value) => isOrdered(key(value), (k) => k == operand) !== isNegated;
  }
}

/** @param {string} low @param {string} high @param {Kind} kind @returns {Condition} */
function between(low, high, kind) {
  if (low === "" && high === "") throw new Error("A range needs an end: 1..5, 1.. or ..5");
  const from = low === "" ? null : kind.operand(low);
  const to = high === "" ? null : kind.operand(high);
  if (from !== null && to !== null && from > to) {
    throw new Error(`The range ends before it begins: ${low} is more than ${high}`);
  }
  return (value) =>
    isOrdered(kind.key(value), (k) => (from === null || k >= from) && (to === null || k <= to));
}

/** @param {Operand | null} key @param {(key: Operand) => boolean} test */
function isOrdered(key, test) {
  return key !== null && test(key);
}

/** @type {Kind} */
const textKind = { operand: (text) => text, key: (value) => value, hasRanges: false };

/**
 * @param {Pick<import("../client/records.js").Column, "dtype" | "fields" | "shape">} column
 * @returns {Kind | null} null where values can only be equal
 */
function kindOf({ dtype, fields, shape }) {
  const code = dtype === null ? null : parseDtypeCode(dtype);
  if (code === null || fields !== null || shape.length > 0) return null;
  switch (code.kind) {
    case "S":
    case "U":
      return textKind;
    case "b":
      return { operand: readBool, key: Number, hasRanges: false };
    case "u":
    case "i":
      return { operand: readNumber, key: (value) => value, hasRanges: true };
    case "f":
      // A float32 is compared with the float32 that was meant, as numpy does.
      return code.itemsize === 4
        ? { operand: (text) => Math.fround(Number(readNumber(text))), key: (v) => v, hasRanges: true }
        : { operand: (text) => Number(readNumber(text)), key: (value) => value, hasRanges: true };
    case "M": {
      const unit = unitOf(code.unit);
      if (unit === null) return null;
      const key = (/** @type {bigint} */ v) => (v === notATime ? null : v * unit);
      return { operand: readTime, key, hasRanges: true };
    }
    case "m": {
      const key = (/** @type {bigint} */ v) => (v === notATime ? null : v);
      return { operand: readNumber, key, hasRanges: true };
    }
    default:
      return null;
  }
}

/** @param {string} text @returns {number | bigint} */
function readNumber(text) {
  if (/^[+-]?\d+$/.test(text)) {
    const whole = BigInt(text.replace(/^\+/, ""));
    return BigInt.asIntN(54, whole) === whole ? Number(whole) : whole;
  }
  const word = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (word !== null) {
    if (word[2].toLowerCase() === "nan") return NaN;
    return word[1] === "-" ? -Infinity : Infinity;
  }
  const number = text === "" ? NaN : Number(text);
  if (Number.isNaN(number)) throw new Error(`“${text}” is no number`);
  return number;
}

/** @param {string} text */
function readBool(text) {
  const word = text.toLowerCase();
  if (word === "true" || word === "1") return 1;
  if (word === "false" || word === "0") return 0;
  throw new Error(`“${text}” is neither true nor false`);
}

/** Nanoseconds since 1970. @param {string} text */
function readTime(text) {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?$/.exec(text);
  const [, day, time = "00:00", fraction = ""] = match ?? [];
  const milliseconds = match === null ? NaN : Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(milliseconds)) {
    throw new Error(`“${text}” is no time; one is written 2026-01-31 or 2026-01-31T12:30:00.5`);
  }
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** @param {string} unit as "25us" */
function unitOf(unit) {
  const match = /^(\d*)([A-Za-z]+)$/.exec(unit);
  const one = match === null ? undefined : nanoseconds[match[2]];
  if (match === null || one === undefined) return null;
  return one * (match[1] === "" ? 1n : BigInt(match[1]));
}
