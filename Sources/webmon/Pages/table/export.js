// @ts-check
/**
 * Rows as text for other programs: CSV (RFC 4180) for files, values between tabs for the clipboard.
 */

/** @typedef {import("./columns.js").ShownColumn} ShownColumn */
/** @typedef {import("./rows.js").Rows} Rows */

/**
 * @typedef {object} Format
 * @property {string} separator
 * @property {string} lineEnd
 * @property {boolean} isSafe text that a spreadsheet would take for a formula gets an apostrophe
 *   before it; numbers stay
 */

/** @type {Format} */
export const tabs = { separator: "\t", lineEnd: "\n", isSafe: false };

/** @param {boolean} isSafe @returns {Format} */
export const csv = (isSafe) => ({ separator: ",", lineEnd: "\r\n", isSafe });

/** Characters that are gathered before they become a part of the file. */
const partLength = 1 << 18;

/**
 * One value, in quotes where it needs them.
 *
 * @param {string} text
 * @param {Format} format
 * @param {boolean} isNumber
 */
export function fieldText(text, { separator, isSafe }, isNumber) {
  const value = isSafe && !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  const needsQuotes =
    value.includes(separator) || /["\r\n]/.test(value) || /^\s|\s$/.test(value);
  return needsQuotes ? `"${value.replaceAll('"', '""')}"` : value;
}

/** @param {readonly ShownColumn[]} columns @param {string} label @param {Format} format */
export function headLine(columns, label, format) {
  const names = [label, ...columns.map(({ name }) => name)];
  return names.map((name) => fieldText(name, format, false)).join(format.separator) + format.lineEnd;
}

/**
 * @param {Rows} rows
 * @param {number} position
 * @param {readonly ShownColumn[]} columns
 * @param {Format} format
 */
export function rowLine(rows, position, columns, format) {
  const view = rows.viewOf(position);
  const start = rows.startOf(position);
  let line = fieldText(rows.labelOf(position), format, true);
  for (const { read, fullText, isNumber } of columns) {
    line += format.separator + fieldText(fullText(read(view, start)), format, isNumber);
  }
  return line + format.lineEnd;
}

/**
 * @param {Rows} rows
 * @param {(index: number) => number} positionAt
 * @param {number} count
 * @param {readonly ShownColumn[]} columns
 * @param {Format} format
 * @param {string} label of the column of numbers
 * @param {import("./slices.js").Slices} slices
 * @param {(done: number) => void} tell from 0 to 1
 * @returns {Promise<{file: Blob, written: number, missed: number}>} `missed`: rows that went
 *   while the file was made
 */
export async function makeFile(rows, positionAt, count, columns, format, label, slices, tell) {
  // What is shown may change meanwhile.
  const positions = Float64Array.from({ length: count }, (_, i) => positionAt(i));
  /** @type {BlobPart[]} */
  const parts = [];
  let text = headLine(columns, label, format);
  let written = 0;
  let missed = 0;
  for (let i = 0; i < count; i += 1) {
    const position = positions[i];
    if (position < rows.first || position >= rows.end) missed += 1;
    else if (rows.breakAt(position) === null) {
      text += rowLine(rows, position, columns, format);
      written += 1;
    }
    if (text.length > partLength) {
      // The browser keeps a part where it likes; a string of the whole file it could not hold.
      parts.push(new Blob([text]));
      text = "";
    }
    if ((i & 63) === 0 && slices.isOver) {
      tell(i / count);
      await slices.breathe();
    }
  }
  parts.push(text);
  return { file: new Blob(parts, { type: "text/csv;charset=utf-8" }), written, missed };
}
