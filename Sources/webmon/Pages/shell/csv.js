// @ts-check
/**
 * Rows of plain objects as a file of comma-separated values.
 */

import { saveFile } from "./save_file.js";

/**
 * @param {readonly {[column: string]: unknown}[]} rows the first one's keys are the columns
 * @returns {string}
 */
export function csvText(rows) {
  const columns = Object.keys(rows[0] ?? {});
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return lines.map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

/** @param {unknown} value */
function cell(value) {
  // A spreadsheet would take what begins so as a formula, and a text may come from anybody.
  const text = typeof value === "string" && /^[=+\-@\t]/.test(value) ? `'${value}` : String(value);
  return quoted(text);
}

/** One value, in quotes where it needs them. @param {string} text */
export function quoted(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @param {string} name of the file
 * @param {readonly {[column: string]: unknown}[]} rows
 */
export function saveCsv(name, rows) {
  saveFile(name, new Blob([csvText(rows)], { type: "text/csv;charset=utf-8" }));
}
