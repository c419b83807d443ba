// @ts-check
/**
 * A part of a stream: which pixels of which plane a page looks at, and at which level.
 */

/** @typedef {"mean" | "nearest" | "mode"} Reduction */

/**
 * Where a view lies; what is not given stays as it is.
 *
 * @typedef {object} ViewPlace
 * @property {number[]} [region] [y0, x0, y1, x1] in pixels of level 0; rounded outwards, and what
 *   lies outside of the stream is left out
 * @property {number} [level] 0 is every pixel; each level halves both axes
 * @property {number[]} [index] one for each axis that is neither shown nor channels
 */

/**
 * What a view looks at; fixed for a subscription. Any of these, or of `ViewPlace`, makes a
 * subscription a view.
 *
 * @typedef {object} ViewLayout
 * @property {number[]} [axes] [y, x], the axes that are shown, or [x] for one row; default: the
 *   last two
 * @property {number} [channels] an axis that every pixel keeps whole, such as RGB
 * @property {Reduction} [reduce] default: "nearest" for labels and masks, else "mean"
 * @property {number[]} [tile] [h, w] of a tile in pixels of its level; default [256, 256]
 */

const names = /** @type {const} */ (["axes", "channels", "index", "level", "reduce", "tile"]);

/**
 * The fields of a `subscribe` or `view` message.
 *
 * @param {ViewPlace & ViewLayout} view
 * @returns {{[field: string]: unknown}}
 */
export function viewFields(view) {
  /** @type {{[field: string]: unknown}} */
  const fields = {};
  for (const name of names) {
    if (view[name] !== undefined) fields[name] = view[name];
  }
  if (view.region !== undefined) {
    const [y0, x0, y1, x1] = view.region;
    fields.region = [Math.floor(y0), Math.floor(x0), Math.ceil(y1), Math.ceil(x1)];
  }
  return fields;
}
