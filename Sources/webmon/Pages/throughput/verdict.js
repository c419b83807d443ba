// @ts-check
/**
 * What a measurement means, in words.
 */

import { formatBytes, formatRate } from "../shell/format.js";
import { formatDuration } from "./duration.js";
import { describeRun } from "./measuring.js";

/** @typedef {import("./measuring.js").Results} Results */

/** Bytes of 2048 x 2048 uint16. */
const image = 2 * 2048 * 2048;

/** @param {Results} results @returns {string[]} sentences */
export function verdict({ received, draw, roundTrip }) {
  const sentences = [];
  const runs = received.filter(({ failed }) => failed === undefined);
  const exact = runs.filter(({ size }) => size === image);
  const best = fastest(exact.length > 0 ? exact : runs);
  if (best !== undefined) {
    const rate = best.bytesPerSecond / image;
    const way = best.way === "fetch" ? "fetch" : "the WebSocket";
    const takes =
      exact.length > 0
        ? `This browser takes 2048 × 2048 uint16 at ${rateText(rate)} a second over ${way}`
        : `This browser would take 2048 × 2048 uint16 at ${rateText(rate)} a second, ` +
          `reckoned from ${describeRun(best.size, best.way)},`;
    sentences.push(`${takes}${limit(rate, draw)}`);
    const other = fastest(exact.filter(({ way }) => way !== best.way));
    if (other !== undefined) {
      const times = best.bytesPerSecond / other.bytesPerSecond;
      const than = other.way === "fetch" ? "fetch" : "the WebSocket";
      sentences.push(
        times < 1.1
          ? "Both ways are equally fast for such messages."
          : `That is ${times.toFixed(1)} times as fast as ${than}.`,
      );
    }
  }
  const top = fastest(runs);
  if (top !== undefined) {
    const most = `${formatBytes(top.bytesPerSecond)}/s, with ${describeRun(top.size, top.way)}`;
    sentences.push(`The most it took is ${most}.`);
  }
  sentences.push(`A round trip takes ${formatDuration(roundTrip.p50)}.`);
  return sentences;
}

/** @param {number} rate @param {import("./draw_rate.js").DrawRate} draw */
function limit(rate, draw) {
  if (draw.failed !== undefined) return `; it cannot draw (${draw.failed}).`;
  const draws = `and uploads and draws ${rateText(draw.perSecond)} a second`;
  if (Math.min(rate, draw.perSecond) >= 60) return ` ${draws}: enough for a screen of 60 Hz.`;
  return rate < draw.perSecond
    ? ` ${draws}: the link, not the screen, is the limit.`
    : ` ${draws}: drawing, not the link, is the limit.`;
}

/** Also of what takes many seconds. @param {number} perSecond */
function rateText(perSecond) {
  return perSecond < 1 ? String(Number(perSecond.toPrecision(1))) : formatRate(perSecond);
}

/** @param {Results["received"]} runs */
function fastest(runs) {
  return [...runs].sort((a, b) => b.bytesPerSecond - a.bytesPerSecond)[0];
}

/** A table of plain text, to be pasted. @param {Results} results */
export function asText(results) {
  const { at, browser, server, roundTrip, draw, received } = results;
  const rows = received.map(({ size, way, bytesPerSecond, perSecond, p50, p95, failed }) =>
    [
      describeRun(size, way).padEnd(22),
      failed ??
        `${(bytesPerSecond / 1e6).toFixed(1).padStart(8)} MB/s ${formatRate(perSecond).padStart(7)}/s ` +
          `${formatDuration(p50).padStart(8)} ${formatDuration(p95).padStart(8)}`,
    ].join(" "),
  );
  return [
    `webmon ${server}, ${at}`,
    browser,
    `${"message".padEnd(22)} ${"rate".padStart(13)} ${"messages".padStart(9)} ${"median".padStart(8)} ${"95 %".padStart(8)}`,
    ...rows,
    `round trip ${formatDuration(roundTrip.p50)}, 95 % ${formatDuration(roundTrip.p95)}`,
    `2048 x 2048 uint16 uploaded and drawn: ${draw.failed ?? `${formatRate(draw.perSecond)}/s`}`,
    ...verdict(results),
    "",
  ].join("\n");
}
