// @ts-check
/**
 * What the browser remembers for these pages. A page in a frame of another site may have nothing to
 * remember with: then it goes on without.
 */

/**
 * @param {string} key
 * @param {string | null} value null forgets it
 * @param {"local" | "session"} [where] for the browser, or for this tab alone
 */
export function remember(key, value, where = "local") {
  try {
    const storage = where === "local" ? localStorage : sessionStorage;
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // Not allowed here, or full.
  }
}

/**
 * @param {string} key
 * @param {"local" | "session"} [where]
 * @returns {string | null}
 */
export function recall(key, where = "local") {
  try {
    return (where === "local" ? localStorage : sessionStorage).getItem(key);
  } catch {
    return null;
  }
}
