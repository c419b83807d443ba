// @ts-check
/**
 * The elements of typed arrays as JavaScript numbers, whatever their dtype.
 */

import { halfToNumber } from "../client/dtype.js";

/** @typedef {import("../client/dtype.js").TypedArray} TypedArray */
/** @typedef {(array: TypedArray, index: number) => number} ReadNumber of the element at an index */

/**
 * How an element of a dtype is read: complex numbers by their magnitude, 64-bit integers as the
 * nearest number that JavaScript has.
 *
 * @param {string} code of the dtype
 * @returns {ReadNumber}
 */
export function numberReader(code) {
  switch (code) {
    case "f2":
      return (array, index) => halfToNumber(Number(array[index]));
    case "c8":
    case "c16":
      return (array, index) => Math.hypot(Number(array[2 * index]), Number(array[2 * index + 1]));
    case "u8":
    case "i8":
      return (array, index) => Number(array[index]);
    default:
      return (array, index) => /** @type {number} */ (array[index]);
  }
}

/** The parts of a complex number that can be looked at; of others there is only the value. */
export const complexParts = /** @type {const} */ (["magnitude", "phase", "real", "imaginary"]);

/** @typedef {typeof complexParts[number]} ComplexPart */

/**
 * @param {string} code of a complex dtype; others are read as they are
 * @param {ComplexPart} part
 * @returns {ReadNumber}
 */
export function partReader(code, part) {
  if (!code.startsWith("c") || part === "magnitude") return numberReader(code);
  const real = (/** @type {TypedArray} */ array, /** @type {number} */ i) => Number(array[2 * i]);
  const imaginary = (/** @type {TypedArray} */ array, /** @type {number} */ i) =>
    Number(array[2 * i + 1]);
  if (part === "real") return real;
  if (part === "imaginary") return imaginary;
  return (array, index) => Math.atan2(imaginary(array, index), real(array, index));
}
