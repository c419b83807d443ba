// @ts-check
/**
 * Exact percentiles of many numbers: nearest rank (numpy's `method="inverted_cdf"`), found by
 * selection. That takes time in proportion to their number, where sorting takes more.
 */

/**
 * @param {Float64Array} values without NaN; put into another order
 * @param {number} count of them that are looked at, from the first on
 * @param {readonly number[]} fractions ascending, 0 to 1
 * @returns {number[]} NaN for each where there are no values
 */
export function percentiles(values, count, fractions) {
  let low = 0;
  return fractions.map((fraction) => {
    if (count === 0) return NaN;
    const rank = Math.max(0, Math.ceil(fraction * count) - 1);
    // What is below the last rank is smaller than all that follows.
    select(values, low, count - 1, rank);
    low = rank;
    return values[rank];
  });
}

/**
 * Hoare's selection: afterwards `values[rank]` is where it would be in order, nothing before it is
 * larger, and nothing after it smaller.
 *
 * @param {Float64Array} values
 * @param {number} low
 * @param {number} high inclusive
 * @param {number} rank
 */
function select(values, low, high, rank) {
  while (low < high) {
    const pivot = medianOfThree(values[low], values[(low + high) >> 1], values[high]);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i += 1;
      while (values[j] > pivot) j -= 1;
      if (i > j) break;
      const value = values[i];
      values[i] = values[j];
      values[j] = value;
      i += 1;
      j -= 1;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else return;
  }
}

/** @param {number} a @param {number} b @param {number} c */
function medianOfThree(a, b, c) {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
