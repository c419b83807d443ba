// @ts-check
/**
 * A tile in words.
 */

import { formatAge, formatBytes } from "../shell/format.js";
import { states } from "./states.js";

/** @typedef {import("./tile_map.js").TileMap} TileMap */
/** @typedef {import("./tile_model.js").TileModel} TileModel */

/** @param {TileModel} model @param {TileMap} map */
export function hoverText(model, map) {
  const isFocused = document.activeElement === map.canvas;
  const centre = { x: map.canvas.width / 2, y: map.canvas.height / 2 };
  const place = map.pointer ?? (isFocused ? centre : null);
  if (place === null) return "";
  const tile = map.tileAt(place);
  if (tile === null) return "";
  const { layer, level, row, column, state, milliseconds, nbytes, time } = tile;
  const parts = [
    `${model.declaration.layers[layer].name}  level ${level}  row ${row}  column ${column}`,
    states[state].name,
  ];
  if (!Number.isNaN(milliseconds)) parts.push(`${Number(milliseconds.toPrecision(3))} ms`);
  if (!Number.isNaN(nbytes)) parts.push(formatBytes(Math.round(nbytes)));
  if (!Number.isNaN(time)) {
    const age = formatAge((map.now() - model.begin - time) * 1e9);
    parts.push(age === "now" ? age : `${age} ago`);
  }
  return (map.pointer === null ? "centre: " : "") + parts.join("  ");
}
