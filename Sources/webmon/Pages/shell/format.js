// @ts-check
/**
 * Numbers as people read them. All are of steady width where they change while one looks.
 */

const byteUnits = ["B", "KB", "MB", "GB", "TB"];

/** @param {number} bytes */
export function formatBytes(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${byteUnits[unit]}`;
}

/** @param {number} perSecond */
export function formatRate(perSecond) {
  if (!(perSecond > 0)) return "0";
  if (perSecond >= 9999.5) return `${(perSecond / 1000).toFixed(1)}k`;
  return perSecond.toFixed(perSecond >= 99.95 ? 0 : 1);
}

/** @param {number} milliseconds */
export function formatLatency(milliseconds) {
  if (Number.isNaN(milliseconds)) return "–";
  if (milliseconds >= 9_999.5) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 9.95 ? 1 : 0)} ms`;
}

/**
 * Median and 95th percentile: "12 / 31 ms".
 *
 * @param {number} p50 milliseconds
 * @param {number} p95
 */
export function formatLatencies(p50, p95) {
  if (Number.isNaN(p50)) return "–";
  if (p95 >= 9_999.5) return `${formatLatency(p50)} / ${formatLatency(p95)}`;
  const digits = p95 < 9.95 ? 1 : 0;
  return `${p50.toFixed(digits)} / ${p95.toFixed(digits)} ms`;
}

/**
 * How long ago: "now", "12 s", "3 min", "5 h", "2 d".
 *
 * @param {number} nanoseconds
 */
export function formatAge(nanoseconds) {
  const seconds = nanoseconds / 1e9;
  if (!(seconds >= 1)) return "now";
  if (seconds < 100) return `${Math.floor(seconds)} s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** @param {readonly number[]} shape */
export function formatShape(shape) {
  return shape.length === 0 ? "scalar" : shape.join(" × ");
}

/** @param {number} count */
export function formatCount(count) {
  return count.toLocaleString("en-GB").replaceAll(",", "\u202f");
}

/**
 * A number with as many digits as tell it apart, at most `digits`.
 *
 * @param {number} value
 * @param {number} [digits]
 */
export function formatNumber(value, digits = 6) {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return String(Number(value.toPrecision(digits)));
}
