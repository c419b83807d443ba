// @ts-check
/**
 * Work that is asked for often and done once an animation frame.
 */

/**
 * @param {() => void} act
 * @returns {() => void} asks for it
 */
export function onceAFrame(act) {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      act();
    });
  };
}
