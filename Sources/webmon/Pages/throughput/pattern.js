// @ts-check
/**
 * What a measurement's messages hold (docs/wire-protocol.md, "Measuring"), so that a wrong byte is found.
 */

const stamps = 16;
const factor = 0x9e3779b1;
/** Words that are looked at in each message besides the stamps. */
const looks = 64;

/** @param {number} place @param {number} count of words */
const stampIndex = (place, count) => Math.floor((place * (count - 1)) / (stamps - 1));

/** @param {number} index */
const constantWord = (index) => Math.imul(index, factor) >>> 0;

/**
 * Looks at every word.
 *
 * @param {Uint32Array} words
 * @param {number} sequence
 * @returns {string | null} what is wrong; null if nothing is
 */
export function checkAll(words, sequence) {
  const wrong = checkStamps(words, sequence);
  if (wrong !== null) return wrong;
  let place = 0;
  for (let i = 0; i < words.length; i += 1) {
    if (place < stamps && i === stampIndex(place, words.length)) place += 1;
    else if (words[i] !== Math.imul(i, factor) >>> 0) return differs(words, i, constantWord(i));
  }
  return null;
}

/**
 * Looks at the stamps, and at some other words: other ones in each message.
 *
 * @param {Uint32Array} words
 * @param {number} sequence
 * @returns {string | null} what is wrong; null if nothing is
 */
export function checkSome(words, sequence) {
  const wrong = checkStamps(words, sequence);
  if (wrong !== null) return wrong;
  const marked = new Set();
  for (let place = 0; place < stamps; place += 1) marked.add(stampIndex(place, words.length));
  const step = Math.max(1, Math.floor(words.length / looks));
  for (let i = (sequence * 7919) % step; i < words.length; i += step) {
    if (!marked.has(i) && words[i] !== constantWord(i)) return differs(words, i, constantWord(i));
  }
  return null;
}

/** @param {Uint32Array} words @param {number} sequence */
function checkStamps(words, sequence) {
  const wanted = sequence % 2 ** 32;
  for (let place = 0; place < stamps; place += 1) {
    const index = stampIndex(place, words.length);
    if (words[index] !== wanted) return differs(words, index, wanted);
  }
  return null;
}

/** @param {Uint32Array} words @param {number} index @param {number} wanted */
function differs(words, index, wanted) {
  const text = (/** @type {number} */ word) => `0x${word.toString(16).padStart(8, "0")}`;
  return `word ${index} of ${words.length} is ${text(words[index])}, ${text(wanted)} was sent`;
}
