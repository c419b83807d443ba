// @ts-check
/**
 * Who may have an endless body: a browser opens few connections to one server (six, mostly), for
 * all of its tabs together, and pages need some to load.
 */

/** Bodies that all tabs of a browser may have at a time. */
const places = 3;

/** Whether the tabs of this browser can agree on it. */
export const canShare = typeof navigator === "object" && navigator.locks !== undefined;

/**
 * Takes a place if one is free. It is given back by itself when the tab goes.
 *
 * @returns {Promise<(() => void) | null>} gives it back; null if none is free
 */
export async function takePlace() {
  if (!canShare) return () => {};
  for (let number = 1; number <= places; number += 1) {
    const release = await tryLock(`webmon-body-${number}`);
    if (release !== null) return release;
  }
  return null;
}

/**
 * @param {string} name
 * @returns {Promise<(() => void) | null>}
 */
function tryLock(name) {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        resolve(null);
        return undefined;
      }
      return new Promise((release) => resolve(() => release(undefined)));
    });
    held.catch(reject);
  });
}
