// @ts-check
/**
 * What the page says: how the stream stands, and what there is instead of rows.
 */

import { copyOnClick, element } from "../shell/element.js";
import { formatAge, formatBytes, formatCount } from "../shell/format.js";
import { showEmptyState, showState } from "../shell/states.js";
import { RecordRing } from "./record_ring.js";

/** @typedef {import("./feed.js").Feed} Feed */
/** @typedef {import("../webmon.js").Server} Server */

const example = `import webmon
loads = webmon.Log("loads", [("time", "f8"), ("ms", "f4"), ("kind", "S8")])
loads.append((0.5, 12.25, "tile"))`;

/** Over the rows: why nothing new comes. @param {Feed} feed @param {Server} server */
export function badgeText(feed, server) {
  if (!feed.hasData) return "";
  const stream = server.streams.get(feed.name);
  const noun = feed.rows instanceof RecordRing ? "record" : "state";
  const age = performance.now() - server.clock.toPage(feed.published);
  const ago = Number.isNaN(age) ? "" : `, last ${noun} ${formatAge(age * 1e6)} ago`;
  if (feed.failure !== "") return feed.failure;
  if (feed.subscription?.state === "waiting") {
    return `Producer ended${ago}; waiting for the next one`;
  }
  if (stream === undefined || server.state.phase !== "connected") return "";
  if (stream.state === "gone") return `Producer gone${ago}; waiting for the next one`;
  if (stream.state === "closed") return `Closed by its producer${ago}`;
  return "";
}

/**
 * How many rows there are, and of how many.
 *
 * @param {import("./rows.js").Rows | null} rows
 * @param {{length: number, isPlain: boolean}} arrangement
 * @param {number} selected
 * @param {boolean} isFollowing
 * @param {boolean} isSorted
 */
export function countText(rows, arrangement, selected, isFollowing, isSorted) {
  if (rows === null) return "";
  const held = rows.end - rows.first;
  const parts = [];
  const isLog = rows instanceof RecordRing;
  const noun = isLog ? "records" : "rows";
  if (arrangement.isPlain) parts.push(`${formatCount(held)} ${noun}`);
  else parts.push(`${formatCount(arrangement.length)} of ${formatCount(held)} ${noun}`);
  if (isLog) {
    const bound = `holds the newest ${formatCount(rows.capacity)}`;
    parts.push(`${bound}, ${formatBytes(rows.nbytes)} now`);
    parts.push(rows.lost === 0 ? "none lost" : `${formatCount(rows.lost)} lost`);
    parts.push(
      isSorted
        ? "sorted: new ones are put in their places"
        : isFollowing ? "following the newest" : "not following",
    );
  }
  if (selected > 0) parts.push(`${formatCount(selected)} selected`);
  return parts.join("  ·  ");
}

/**
 * In the place of rows.
 *
 * @param {HTMLElement} blank
 * @param {Feed} feed
 * @param {Server} server
 * @param {boolean} isUnmatched the filters hide all rows
 */
export function showBlank(blank, feed, server, isUnmatched) {
  const { name, failure, rows } = feed;
  const stream = server.streams.get(name);
  if (isUnmatched && rows !== null && rows.end > rows.first) {
    showState(blank, "unmatched", () => [
      element("h2", {}, "No row matches"),
      element("p", {}, "The filters hide all that are held."),
    ]);
  } else if (feed.hasData && rows !== null && (rows.end > rows.first || rows instanceof RecordRing)) {
    showState(blank, "", () => []);
  } else if (feed.hasData) {
    showState(blank, `empty ${name}`, () => [
      element("h2", {}, `${name} has no elements`),
      element("p", {}, `Its shape is (${feed.stream?.shape.join(", ")}).`),
    ]);
  } else if (!server.listed && name === "") {
    showEmptyState(blank, server, { shown: 0, unmatched: 0 });
  } else if (failure !== "") {
    showState(blank, `failure ${failure}`, () => [
      element("h2", {}, `${name} cannot be shown`),
      element("p", {}, failure),
    ]);
  } else if (server.listed && server.streams.size === 0 && name === "") {
    showState(blank, "empty", () => makeExample());
  } else if (!server.listed) {
    showEmptyState(blank, server, { shown: 0, unmatched: 0 });
  } else if (stream === undefined) {
    showState(blank, `waiting ${name}`, () => [
      element("h2", {}, `Waiting for ${name}`),
      element("p", {}, "No program shares a stream of this name now. It appears here by itself."),
    ]);
  } else {
    const what = stream.kind === "log" ? "record" : stream.kind === "array" ? "state" : "frame";
    showState(blank, `no data ${name}`, () => [
      element("h2", {}, `${name} has no ${what} yet`),
      element("p", {}, "The first one is shown as soon as its producer commits it."),
    ]);
  }
}

function makeExample() {
  const copy = element("button", { type: "button" }, "Copy");
  copyOnClick(copy, () => `${example}\n`);
  return [
    element("h2", {}, "No log is shared yet"),
    element("p", {}, "Records appear here as soon as a program shares some. In Python:"),
    element("div", { class: "sample" }, element("pre", {}, element("code", {}, example)), copy),
    element("p", { class: "muted" }, "Arrays and frames are shown here, too. Or run the demo: make demo."),
  ];
}
