// @ts-check
/**
 * A live spectrum: the amplitudes of the stream `spectrum`, of shape (n,) or (rows, n), in decibels,
 * with the peaks held. Its metadata may have `span`, the two ends of the horizontal axis, and `unit`.
 */

import { readAddress, writeAddress } from "/shell/address.js";
import { Delivery } from "/shell/delivery.js";
import { find, setText } from "/shell/element.js";
import { formatNumber } from "/shell/format.js";
import { openShell } from "/shell/shell.js";

/** @typedef {import("/webmon.js").Frame} Frame */

const name = "spectrum";
/** Colours of the rows, custom properties of /webmon.css. */
const colours = ["--accent", "--live", "--waiting", "--gone"];
const margin = { left: 52, right: 14, top: 12, bottom: 26 };

const canvas = find("canvas", HTMLCanvasElement);
const note = find("#note", HTMLElement);
const hold = find("#hold", HTMLInputElement);
const range = find("#range", HTMLSelectElement);

/** @type {Frame | null} */
let newest = null;
/** Decibels of every bin of every row: now, and the highest since the last reset. */
let levels = new Float32Array(0);
let peaks = new Float32Array(0);
/** Upper end of the vertical axis: it only grows, so that the picture does not dance. */
let top = -Infinity;
let isRequested = false;

/** @param {Frame} frame */
function take(frame) {
  const { shape, dtype, array } = frame;
  if (dtype === null || dtype.lanes !== 1 || dtype.code === "f2" || shape.length < 1 || shape.length > 2) {
    throw new TypeError(`${name} has shape (${shape.join(", ")}); (n,) or (rows, n) real numbers are needed`);
  }
  if (levels.length !== array.length || newest?.generation !== frame.generation) {
    levels = new Float32Array(array.length);
    peaks = new Float32Array(array.length).fill(-Infinity);
    top = -Infinity;
  }
  for (let i = 0; i < levels.length; i += 1) {
    const level = 20 * Math.log10(Math.abs(Number(array[i])));
    levels[i] = level;
    if (level > peaks[i]) peaks[i] = level;
    if (level > top && level < Infinity) top = Math.ceil(level / 10) * 10;
  }
  newest = frame;
  note.hidden = true;
  request();
}

function request() {
  if (!isRequested) requestAnimationFrame(draw);
  isRequested = true;
}

function draw() {
  isRequested = false;
  const context = canvas.getContext("2d");
  if (newest === null || context === null) return;
  const style = getComputedStyle(canvas);
  const colour = (/** @type {string} */ property) => style.getPropertyValue(property);
  const scale = devicePixelRatio;
  canvas.width = Math.round(canvas.clientWidth * scale);
  canvas.height = Math.round(canvas.clientHeight * scale);
  context.scale(scale, scale);
  const width = canvas.clientWidth - margin.left - margin.right;
  const height = canvas.clientHeight - margin.top - margin.bottom;
  const bins = newest.shape[newest.shape.length - 1];
  const rows = levels.length / bins;
  const high = top === -Infinity ? 0 : top;
  const low = high - Number(range.value);
  const yOf = (/** @type {number} */ level) =>
    margin.top + (Math.min(1, Math.max(0, (high - level) / (high - low))) * height);
  const xOf = (/** @type {number} */ bin) => margin.left + (bins < 2 ? 0 : (bin / (bins - 1)) * width);

  // The axes: a line each 20 dB, and five numbers below.
  context.font = `11px ${style.fontFamily}`;
  context.strokeStyle = colour("--line");
  context.fillStyle = colour("--muted");
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (let level = Math.ceil(low / 20) * 20; level <= high; level += 20) {
    context.strokeRect(margin.left, Math.round(yOf(level)) + 0.5, width, 0);
    context.fillText(`${level} dB`, margin.left - 6, yOf(level));
  }
  const { first, last, unit } = spanOf(newest, bins);
  context.textBaseline = "alphabetic";
  for (let i = 0; i <= 4; i += 1) {
    context.textAlign = i === 0 ? "left" : i === 4 ? "right" : "center";
    const text = `${formatNumber(first + ((last - first) * i) / 4, 4)}${i === 4 ? ` ${unit}` : ""}`;
    context.fillText(text, margin.left + (width * i) / 4, margin.top + height + 18);
  }

  // Of the bins that fall on one column of the screen, the highest is drawn: no line gets lost.
  const trace = (/** @type {Float32Array} */ values, /** @type {number} */ row) => {
    const columns = Math.max(1, Math.min(bins, Math.floor(width * scale)));
    context.beginPath();
    for (let column = 0; column < columns; column += 1) {
      const begin = Math.floor((column * bins) / columns);
      const end = Math.max(begin + 1, Math.floor(((column + 1) * bins) / columns));
      let best = begin;
      for (let bin = begin; bin < end; bin += 1) {
        if (values[row * bins + bin] > values[row * bins + best]) best = bin;
      }
      context.lineTo(xOf(best), yOf(values[row * bins + best]));
    }
    context.stroke();
  };
  for (let row = 0; row < rows; row += 1) {
    context.strokeStyle = colour(colours[row % colours.length]);
    context.globalAlpha = 0.45;
    if (hold.checked) trace(peaks, row);
    context.globalAlpha = 1;
    trace(levels, row);
  }

  let strongest = 0;
  for (let i = 1; i < levels.length; i += 1) if (levels[i] > levels[strongest]) strongest = i;
  const place = first + ((last - first) * (strongest % bins)) / Math.max(1, bins - 1);
  const level = levels[strongest] ?? NaN;
  setText(find("#strongest", HTMLElement), `${formatNumber(place, 5)} ${unit}, ${level.toFixed(1)} dB`);
  canvas.dataset.sequence = String(newest.sequence);
}

/** The horizontal axis, as the metadata tells it, else the numbers of the bins. @param {Frame} frame @param {number} bins */
function spanOf(frame, bins) {
  const { span, unit } = frame.stream.metadata;
  const isGiven = Array.isArray(span) && span.length === 2 && span.every(Number.isFinite);
  const [first, last] = isGiven ? span.map(Number) : [0, bins - 1];
  return { first, last, unit: typeof unit === "string" ? unit : "" };
}

function reset() {
  peaks.set(levels);
  top = -Infinity;
  for (const level of levels) if (level > top && level < Infinity) top = Math.ceil(level / 10) * 10;
  request();
}

const { server } = openShell({
  about: "Amplitudes in decibels, as they come, and the highest of each bin since the last reset.",
  keys: [
    { key: "r", does: "forget the peaks", act: reset },
    { key: "p", does: "peak hold on, off", act: () => hold.click() },
  ],
});

// What was chosen is in the address: a copied link opens the same view.
hold.checked = readAddress("hold") !== "0";
if ([...range.options].some(({ value }) => value === readAddress("range"))) {
  range.value = readAddress("range") ?? "";
}
hold.addEventListener("change", () => {
  writeAddress({ hold: hold.checked ? null : "0" });
  request();
});
range.addEventListener("change", () => {
  writeAddress({ range: range.value });
  request();
});
find("#reset", HTMLButtonElement).addEventListener("click", reset);
new ResizeObserver(request).observe(canvas);
document.addEventListener("themechange", request);

const subscription = server.subscribe(name, {
  onFrame: take,
  onError: (error) => {
    setText(note, error.message);
    note.hidden = false;
  },
});
server.watchStatus(500);
new Delivery(find("#delivery", HTMLElement)).follow(subscription, () => server.streams.get(name) ?? null);
