// @ts-check
/**
 * The page `throughput`: each hop from the producer to the screen, live; and what this browser and
 * its link can take.
 */

import { flushAddress, readAddress, writeAddress } from "../shell/address.js";
import { Delivery } from "../shell/delivery.js";
import { describeDtype } from "../shell/describe.js";
import { element, find, setText } from "../shell/element.js";
import { formatAge, formatBytes, formatShape } from "../shell/format.js";
import { openShell } from "../shell/shell.js";
import { showEmptyState } from "../shell/states.js";
import { Facts, followProcess, serverFacts, sessionFacts, showSession, showWay, wayFacts } from "./facts.js";
import { Flow } from "./flow.js";
import { HopMeter } from "./hops.js";
import { HopTable } from "./hop_table.js";
import { MeasurePane } from "./measure_pane.js";
import { Painter } from "./painter.js";

/** Milliseconds between two statuses, and so between two looks at everything. */
const every = 500;

const picker = find("#picker", HTMLSelectElement);
const paintBox = find("#paint", HTMLInputElement);
const summary = find("#summary", HTMLElement);
const blank = find("#blank", HTMLElement);
const hopsSection = find(".hops", HTMLElement);

const { server } = openShell({
  about:
    "Every hop from a producer to this screen, as server and page measure it, over the last five " +
    "seconds. Hover over the name of a hop to read what is measured, and by which clock.",
  keys: [
    { key: "s", does: "choose a stream", act: () => picker.focus() },
    { key: "p", does: "receive and paint the stream here, or not", act: () => paintBox.click() },
    { key: "m", does: "measure what this browser can take; cancel", act: () => pane.toggle() },
    { key: "Escape", does: "cancel the measurement", act: () => pane.cancel() },
  ],
});

const meter = new HopMeter();
const table = new HopTable(find("#hops", HTMLTableElement));
const flow = new Flow(
  find("#flow", HTMLElement),
  find("#bar", HTMLElement),
  find("#time", HTMLElement),
);
const painter = new Painter(find("#picture", HTMLElement));
const delivery = new Delivery(find("#delivery", HTMLElement));
const sessionList = new Facts(find("#session", HTMLElement), sessionFacts);
const wayList = new Facts(find("#way", HTMLElement), wayFacts);
followProcess(new Facts(find("#server", HTMLElement), serverFacts), () =>
  server.state.phase === "connected" && document.visibilityState === "visible");

let name = readAddress("stream") ?? "";
paintBox.checked = readAddress("paint") !== "0";
let failure = "";
/** @type {import("../webmon.js").Subscription | null} to the stream that is painted */
let subscription = null;

// What the page itself receives would be in the way of what is measured.
const pane = new MeasurePane(server, (isMeasuring) => {
  if (isMeasuring) subscription?.suspend();
  else subscription?.resume();
  show();
});

/** @param {string} wanted "": all streams */
function choose(wanted) {
  name = wanted;
  document.title = name === "" ? "Throughput" : `${name} – Throughput`;
  table.clear();
  follow();
}

/** Receives the chosen stream, if that is wanted. */
function follow() {
  if (subscription !== null) server.unsubscribe(subscription);
  subscription = null;
  failure = "";
  painter.begin(null);
  paintBox.disabled = name === "";
  if (name !== "" && paintBox.checked) {
    subscription = server.subscribe(name, {
      credit: "manual",
      credits: 2,
      onSubscribed: (stream) => {
        failure = "";
        painter.begin(stream);
      },
      onFrame: (frame) => painter.offer(frame),
      onError: (error) => {
        failure = error.message;
        show();
      },
    });
    if (pane.isMeasuring) subscription.suspend();
  }
  delivery.follow(subscription, () => (server.listed && server.streams.get(name)) || null);
  show();
}

/** The choices. */
function showChoices() {
  const names = [...server.streams.keys()].sort();
  const shown = ["", ...(name === "" || names.includes(name) ? names : [name, ...names])];
  const options = [...picker.options].map(({ value }) => value);
  if (shown.join() !== options.join() || options.length === 0) {
    picker.replaceChildren(
      ...shown.map((value) => element("option", { value }, value === "" ? "all streams" : value)),
    );
  }
  picker.value = name;
  const isEmpty = name === "" && server.streams.size === 0;
  hopsSection.hidden = isEmpty;
  if (isEmpty) showEmptyState(blank, server, { shown: 0, unmatched: 0 });
  blank.hidden = !isEmpty;
  setText(summary, standing());
}

/** What there is to say of the stream. */
function standing() {
  const stream = server.streams.get(name);
  if (failure !== "") return failure;
  if (pane.isMeasuring) return "Nothing is painted while the measurement goes on.";
  if (name === "") {
    return "The last two hops are measured where a stream is chosen and painted.";
  }
  if (stream === undefined) {
    return server.listed ? `Waiting for ${name}: no program shares it now.` : "Connecting …";
  }
  const what = `${describeDtype(stream)}, ${stream.kind} ${formatShape(stream.shape)}`;
  const cost =
    subscription === null
      ? "Not received here: the last two hops are not measured."
      : `Received here, ${formatBytes(subscription.measure().bytesPerSecond)}/s of bandwidth.`;
  const ended =
    stream.state === "live" ? "" : ` Its producer ended ${formatAge(stream.age_ns)} ago.`;
  return `${what}. ${cost}${ended}`;
}

function show() {
  const measured = subscription?.measure() ?? null;
  const hops = meter.figures(name, measured);
  flow.show(hops, measured?.publishToPainted ?? null);
  showWay(wayList, server, subscription);
  showChoices();
  return hops;
}

/** What is copied, in words: of frames nothing, unless somebody asked for something else than them. */
function copies() {
  const stream = server.streams.get(name);
  const copied = meter.figures(name, null).wait.copied;
  const rate = copied > 0 ? `, ${formatBytes(copied)}/s` : "";
  if (stream === undefined) return { wait: copied > 0 ? `${formatBytes(copied)}/s` : "none" };
  if (stream.kind !== "frames") return { wait: `one, checked for tearing${rate}` };
  return { wait: copied > 0 ? `cut, compressed or encrypted${rate}` : "none: zero-copy" };
}

picker.addEventListener("change", () => {
  writeAddress({ stream: picker.value === "" ? null : picker.value });
  flushAddress();
  choose(picker.value);
});
paintBox.addEventListener("change", () => {
  writeAddress({ paint: paintBox.checked ? null : "0" });
  follow();
});
server.on("streams", showChoices);
server.on("state", ({ phase }) => {
  if (phase !== "connected") meter.reset();
  show();
});
server.on("status", (status) => {
  meter.take(status, server.streams);
  showSession(sessionList, status.session);
  table.show(show(), copies());
});
server.watchStatus(every, { hops: true });
choose(name);
