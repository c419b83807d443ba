// @ts-check
/**
 * A file made in the page, given to the browser to keep.
 */

import { element } from "./element.js";

/** @param {string} name @param {Blob} blob */
export function saveFile(name, blob) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
