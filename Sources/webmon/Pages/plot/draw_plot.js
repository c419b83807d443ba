// @ts-check
/**
 * Draws a plot once: axes, lines, cursor.
 */

import { envelope } from "./envelope.js";
import { tickLabels, ticksBetween } from "./ticks.js";

/** @typedef {{left: number, top: number, width: number, height: number}} Area css pixels */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} ratio its pixels for one of CSS
 * @param {import("./plot.js").PlotData} data
 * @param {import("./scales.js").PlotScales} scales
 * @param {number | null} cursor index
 * @returns {Area} where the lines are
 */
export function drawPlot(canvas, ratio, data, scales, cursor) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const style = getComputedStyle(canvas);
  const color = (/** @type {string} */ name) =>
    name.startsWith("--") ? style.getPropertyValue(name) : name;
  const [width, height] = [canvas.width / ratio, canvas.height / ratio];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `11px ${style.getPropertyValue("--font")}`;

  const [low, high] = scales.rangeOf(data.series.map(({ values }) => values));
  const yTicks = ticksBetween(low, high, Math.max(2, Math.floor(height / 32)));
  const yLabels = tickLabels(yTicks);
  const labelWidth = Math.max(...yLabels.map((label) => context.measureText(label).width), 20);
  const area = {
    left: Math.ceil(labelWidth / 8) * 8 + 10, // In steps: it must not tremble with the numbers.
    top: 6,
    width: 0,
    height: Math.max(10, height - 6 - (data.xName === "" ? 20 : 34)),
  };
  area.width = Math.max(10, width - area.left - 12);
  const [from, to] = scales.window;
  const x = (/** @type {number} */ index) => area.left + ((index - from) / (to - from)) * area.width;
  const y = (/** @type {number} */ value) =>
    area.top + area.height - ((value - low) / (high - low)) * area.height;

  context.strokeStyle = color("--line");
  context.fillStyle = color("--muted");
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.beginPath();
  yTicks.values.forEach((value, i) => {
    const at = Math.round(y(value)) + 0.5;
    context.moveTo(area.left, at);
    context.lineTo(area.left + area.width, at);
    context.fillText(yLabels[i], area.left - 6, at);
  });
  const [x0, x1] = [data.x0 + from * data.dx, data.x0 + to * data.dx];
  const xTicks = ticksBetween(Math.min(x0, x1), Math.max(x0, x1), Math.max(2, Math.floor(width / 90)));
  context.textAlign = "center";
  context.textBaseline = "top";
  const bottom = area.top + area.height;
  tickLabels(xTicks).forEach((label, i) => {
    const at = Math.round(x((xTicks.values[i] - data.x0) / data.dx)) + 0.5;
    context.moveTo(at, area.top);
    context.lineTo(at, bottom + 4);
    const half = context.measureText(label).width / 2;
    context.fillText(label, Math.min(width - half - 1, Math.max(half + 1, at)), bottom + 6);
  });
  context.stroke();
  if (data.xName !== "") context.fillText(data.xName, area.left + area.width / 2, bottom + 20);

  context.save();
  context.beginPath();
  context.rect(area.left, area.top - 2, area.width, area.height + 4);
  context.clip();
  context.lineJoin = "round";
  for (const series of data.series) {
    context.strokeStyle = color(series.color);
    context.fillStyle = context.strokeStyle;
    drawSeries(context, series.values, [from, to], area, ratio, x, y);
  }
  context.restore();
  if (cursor !== null && cursor >= from && cursor <= to) {
    context.strokeStyle = color("--muted");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(Math.round(x(cursor)) + 0.5, area.top);
    context.lineTo(Math.round(x(cursor)) + 0.5, bottom);
    context.stroke();
    for (const series of data.series) {
      const value = series.values[cursor];
      if (!(value >= low && value <= high)) continue;
      context.fillStyle = color(series.color);
      context.beginPath();
      context.arc(x(cursor), y(value), 3, 0, 2 * Math.PI);
      context.fill();
    }
  }
  return area;
}

/**
 * A line through the values; where several share a pixel, through their extremes.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} values
 * @param {[number, number]} window
 * @param {Area} area
 * @param {number} ratio
 * @param {(index: number) => number} x
 * @param {(value: number) => number} y
 */
function drawSeries(context, values, [from, to], area, ratio, x, y) {
  const columns = Math.max(1, Math.round(area.width * ratio));
  context.lineWidth = 1.25;
  context.beginPath();
  let open = false;
  /** @param {number} px @param {number} value */
  const lineTo = (px, value) => {
    // What is far outside would only make the browser clip it.
    const py = Math.min(1e5, Math.max(-1e5, y(value)));
    if (open) context.lineTo(px, py);
    else context.moveTo(px, py);
    open = true;
  };
  if (to - from > 2 * columns) {
    const { low, high } = envelope(values, from, to, columns);
    for (let column = 0; column < columns; column += 1) {
      if (Number.isNaN(low[column])) {
        open = false;
        continue;
      }
      const px = area.left + (column + 0.5) / ratio;
      lineTo(px, low[column]);
      // One value alone is a point: a line of no length would not be drawn.
      lineTo(px, high[column] === low[column] ? high[column] + 1e-12 : high[column]);
    }
    context.stroke();
    return;
  }
  const first = Math.max(0, Math.floor(from));
  const last = Math.min(values.length - 1, Math.ceil(to));
  const dots = area.width / (to - from) > 8;
  for (let i = first; i <= last; i += 1) {
    if (Number.isNaN(values[i])) {
      open = false;
      continue;
    }
    lineTo(x(i), values[i]);
    const isAlone = Number.isNaN(values[i - 1] ?? NaN) && Number.isNaN(values[i + 1] ?? NaN);
    if (dots || isAlone) context.fillRect(x(i) - 1.5, y(values[i]) - 1.5, 3, 3);
  }
  context.stroke();
}
