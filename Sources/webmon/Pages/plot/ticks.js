// @ts-check
/**
 * Round numbers along an axis, and how they are written.
 */

/**
 * @typedef {object} Ticks
 * @property {number[]} values
 * @property {number} step from one to the next
 */

/**
 * Steps of 1, 2 or 5 times a power of ten.
 *
 * @param {number} from
 * @param {number} to at least `from`
 * @param {number} most how many there may be, at least 2
 * @returns {Ticks}
 */
export function ticksBetween(from, to, most) {
  const span = to - from;
  if (!(span > 0) || !Number.isFinite(span)) return { values: [from], step: 0 };
  const least = span / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  const values = [];
  // Counted and not added up: 0.1 + 0.2 would not be 0.3. Never -0.
  for (let i = first; i <= last; i += 1) values.push(Number((i * step).toPrecision(15)) + 0);
  return { values, step };
}

/**
 * With as many digits as tell one from the next.
 *
 * @param {Ticks} ticks
 * @returns {string[]}
 */
export function tickLabels({ values, step }) {
  const largest = Math.max(...values.map(Math.abs));
  if (step === 0) return values.map((value) => String(Number(value.toPrecision(6))));
  if (largest >= 1e6 || largest < 1e-3) {
    const digits = Math.max(0, Math.round(Math.log10(largest) - Math.log10(step) + 0.5));
    return values.map((value) =>
      value === 0 ? "0" : value.toExponential(Math.min(12, digits)).replace(/\.?0*e\+?/, "e"),
    );
  }
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return values.map((value) => value.toFixed(decimals));
}
