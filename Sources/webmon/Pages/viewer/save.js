// @ts-check
/**
 * Files made in the page, given to the browser to keep; text put on the clipboard.
 */

import { element } from "../shell/element.js";

/** @param {string} name @param {Blob} blob */
export function saveFile(name, blob) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  // Later: the browser reads it after this call.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

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
  const cell = (/** @type {string | number} */ value) => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
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
