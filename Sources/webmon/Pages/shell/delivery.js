// @ts-check
/**
 * The figures of the delivery, always in sight: rate, latency, frames behind, drops, bytes.
 * Each says in its hover text how it is measured.
 */

import { element, setText } from "./element.js";
import {
  formatBytes,
  formatCount,
  formatLatencies,
  formatLatency,
  formatRate,
} from "./format.js";

/** Milliseconds between two looks. */
const every = 500;

export class Delivery {
  /** @param {HTMLElement} container */
  constructor(container) {
    /** @private @type {import("../webmon.js").Subscription | null} */
    this.subscription = null;
    /** @private @type {() => {sequence: number, dropped: number} | null} */
    this.newest = () => null;
    /** @private */
    this.figures = {
      rate: makeFigure(container, "rate"),
      latency: makeFigure(container, "latency"),
      behind: makeFigure(container, "behind"),
      dropped: makeFigure(container, "dropped"),
      bytes: makeFigure(container, "bytes"),
      way: makeFigure(container, "way"),
    };
    setInterval(() => this.show(), every);
  }

  /**
   * @param {import("../webmon.js").Subscription | null} subscription
   * @param {() => {sequence: number, dropped: number} | null} newest what the server told last;
   *   null while it tells nothing
   */
  follow(subscription, newest) {
    this.subscription = subscription;
    this.newest = newest;
    this.show();
  }

  /** @private */
  show() {
    const { subscription, figures } = this;
    if (subscription === null || subscription.stream === null) {
      for (const { name, value, unit } of Object.values(figures)) {
        setText(value, "–");
        setText(unit, units[name]);
      }
      return;
    }
    const isLog = subscription.stream.kind === "log";
    const noun = isLog ? "records" : subscription.stream.kind === "array" ? "states" : "frames";
    const now = subscription.measure();
    const { totals } = subscription;

    setText(figures.rate.value, formatRate(isLog ? now.recordsPerSecond : now.paintedPerSecond));
    setText(figures.rate.unit, `${noun}/s`);
    figures.rate.figure.title =
      `${noun} ${isLog ? "received" : "painted"} a second, over the last 5 s; ` +
      `${formatCount(totals.painted)} painted since the page asked for the stream`;

    const { p50, p95, count } = now.publishToPainted;
    setText(figures.latency.value, formatLatencies(p50, p95));
    setText(figures.latency.unit, "latency");
    figures.latency.figure.title =
      "Median and 95th percentile, over the last 5 s, from the producer's commit until the " +
      "graphics processor had drawn it for this page; the screen itself adds up to one of its " +
      `refreshes. ${count} measurements, none of what was committed before the page asked. Until received: ` +
      `${formatLatencies(now.publishToReceived.p50, now.publishToReceived.p95)}. ` +
      `The clocks of server and page are tied to within ±${formatLatency(now.clockUncertainty)}.`;

    const newest = this.newest();
    const behind = newest === null ? NaN : subscription.behind(newest.sequence);
    setText(figures.behind.value, newest === null ? "–" : formatCount(behind));
    setText(figures.behind.unit, "behind");
    figures.behind.figure.dataset.late = String(behind > Math.max(2, now.paintedPerSecond));
    figures.behind.figure.title =
      newest === null
        ? "Not known while the server does not tell of the stream"
        : `You are ${formatCount(behind)} ${noun} behind: commits since the one on screen, as ` +
          "the server's last status tells (every half second)";

    setText(figures.dropped.value, formatRate(now.lostPerSecond));
    setText(figures.dropped.unit, "dropped/s");
    figures.dropped.figure.title =
      `${noun} a second that were not sent, since a newer one was there when this page could ` +
      `take it; over the last 5 s. ${formatCount(totals.lost)} since the page asked for the ` +
      `stream; ${formatCount(totals.skipped)} came but were not painted. ` +
      `The producer itself dropped ${newest === null ? "–" : formatCount(newest.dropped)}.`;

    const [bytes, unit] = formatBytes(now.bytesPerSecond).split(" ");
    setText(figures.bytes.value, bytes);
    setText(figures.bytes.unit, `${unit}/s`);
    figures.bytes.figure.title =
      `Payload bytes a second that this page received, over the last 5 s; ` +
      `${formatBytes(totals.bytes)} in all`;
    setText(figures.way.value, subscription.transport === "fetch" ? "fetch" : "WebSocket");
    setText(figures.way.unit, "");
    figures.way.figure.title =
      `The way that the data takes from the server: ${subscription.transportReason}. ` +
      "Where messages are large, both ways are measured and the faster is kept";
  }
}

/** @type {Record<string, string>} */
const units = {
  rate: "frames/s",
  latency: "latency",
  behind: "behind",
  dropped: "dropped/s",
  bytes: "B/s",
  way: "",
};

/** @param {HTMLElement} container @param {string} name */
function makeFigure(container, name) {
  const value = element("b", {}, "–");
  const unit = element("span", {}, units[name]);
  const figure = element("span", { class: `figure ${name}` }, value, " ", unit);
  container.append(figure);
  return { name, figure, value, unit };
}
