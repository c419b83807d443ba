// @ts-check
/**
 * A stream in words: the same ones on every page.
 */

import { dtypeName } from "../client/dtype.js";
import { formatAge } from "./format.js";

/** @typedef {import("../client/server.js").Stream} Stream */

/** @param {Stream} stream */
export function describeDtype(stream) {
  if (stream.dtype !== null) return dtypeName(stream.dtype);
  const count = stream.fields?.length ?? 0;
  return count === 1 ? "1 field" : `${count} fields`;
}

/** @param {import("../client/records.js").Field} field */
export function describeField(field) {
  if (field.dtype !== null) return dtypeName(field.dtype);
  const count = field.fields?.length ?? 0;
  return count === 1 ? "1 field" : `${count} fields`;
}

/** @param {Stream} stream */
export function describeState(stream) {
  switch (stream.state) {
    case "live":
      return { word: "live", meaning: "its writer is running" };
    case "closed":
      return { word: "closed", meaning: "its writer ended it; the data stay" };
    default:
      return {
        word: "gone",
        meaning: `its writer died; its last commit was ${formatAge(stream.age_ns)} ago`,
      };
  }
}

/** The Python line that opens a stream. @param {string} name */
export function pythonLine(name) {
  return `webmon.open(${JSON.stringify(name)})`;
}

/** @param {string} name */
export function viewerAddress(name) {
  return `../viewer/?stream=${encodeURIComponent(name)}`;
}

/** @param {string} name */
export function tableAddress(name) {
  return `../table/?stream=${encodeURIComponent(name)}`;
}

/** @param {string} name */
export function loaderAddress(name) {
  return `../loader/?stream=${encodeURIComponent(name)}`;
}

/** @param {string} name */
export function downloadAddress(name) {
  return `/api/streams/${encodeURIComponent(name)}.npy`;
}
