// @ts-check
/**
 * Files made in the page, given to the browser to keep; text put on the clipboard.
 */

import { quoted } from "../shell/csv.js";
import { saveFile } from "../shell/save_file.js";

/** @param {string} name @param {string} text */
export function saveText(name, text) {
  saveFile(name, new Blob([text], { type: "text/csv" }));
}

/**
 * Rows of comma-separated values. Text is quoted where it must be.
 *
 * @param {readonly (readonly (string | number)[])[]} rows
 */
export function csvText(rows) {
  return rows.map((row) => `${row.map((value) => quoted(String(value))).join(",")}\n`).join("");
}

/**
 * @param {Pick<import("./picture.js").Picture, "stream" | "shown">} shown
 * @param {string} what
 * @param {string} ending
 */
export function fileName({ stream, shown }, what, ending) {
  const parts = [stream?.name ?? "webmon", shown === null ? "" : String(shown.sequence), what];
  return `${parts.filter((part) => part !== "").join("-")}.${ending}`;
}
