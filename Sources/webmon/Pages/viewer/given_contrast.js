// @ts-check
/**
 * Contrast as the metadata say it, or as the dtype suggests.
 */

import { isColormap } from "../image/colormaps.js";

/** @typedef {[number, number]} Limits */
/** @typedef {"fixed" | "minmax" | "percentile"} Mode the latter two follow the data */

/**
 * @typedef {object} GivenContrast
 * @property {Limits} limits
 * @property {Mode} mode
 * @property {string} colormap
 * @property {number} gamma
 * @property {Limits} domain what the data reach, as far as the dtype tells
 * @property {boolean} isGuess whether it does not tell
 */

/**
 * @param {string} code of the dtype
 * @param {{[key: string]: unknown}} metadata
 * @returns {GivenContrast}
 */
export function givenContrast(code, metadata) {
  const isByte = code === "b1" || code === "u1";
  /** @type {Limits} */
  const domain = code === "b1" ? [0, 1] : [0, 255];
  const name = String(metadata.colormap ?? "gray");
  const colormap = isColormap(name) ? name : "gray";
  const said = metadata.contrast_limits;
  const pair = Array.isArray(said) && said.length === 2 ? said.map(Number) : [];
  const common = { colormap, gamma: 1, domain, isGuess: !isByte };
  if (pair.length === 2 && pair.every(Number.isFinite)) {
    return { limits: [pair[0], pair[1]], mode: "fixed", ...common };
  }
  if (isByte) return { limits: [...domain], mode: "fixed", ...common };
  return { limits: [0, 1], mode: "percentile", ...common };
}
