// @ts-check
/**
 * Rows of plain objects as a file of comma-separated values.
 */

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
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @param {string} name of the file
 * @param {readonly {[column: string]: unknown}[]} rows
 */
export function saveCsv(name, rows) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csvText(rows)], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
