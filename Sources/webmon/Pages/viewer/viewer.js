// @ts-check
/**
 * The page `viewer`: one stream, as it comes.
 */

import { isIdle } from "../client/idle.js";
import { flushAddress, readAddress, writeAddress } from "../shell/address.js";
import { describeDtype, downloadAddress, pythonLine } from "../shell/describe.js";
import { copyOnClick, element, find, setText } from "../shell/element.js";
import { formatAge, formatShape } from "../shell/format.js";
import { openShell } from "../shell/shell.js";
import { showEmptyState, showState } from "../shell/states.js";
import { Delivery } from "../shell/delivery.js";
import { Axes } from "./axes.js";
import { ChannelRows } from "./channel_rows.js";
import { Compare } from "./compare.js";
import { Cursor } from "./cursor.js";
import { DisplayLog } from "./display_log.js";
import { Feed } from "./feed.js";
import { ImageView } from "./image_view.js";
import { lineKeys, LineView } from "./line_view.js";
import { MannerControls } from "./manner_controls.js";
import { sourcePlan } from "./source.js";
import { toggleFullScreen, toolKeys, Tools } from "./tools.js";
import { ViewControls } from "./view_controls.js";
import { lineLayoutOf, presentationsOf } from "../image/line_layout.js";
import { layoutOf } from "../image/layout.js";
import { lossOnScreen } from "../image/texture_format.js";
import { RecordsTable } from "../table/records_table.js";

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../client/frame.js").Frame} Frame */
/** @typedef {import("../image/layout.js").Layout | import("../image/line_layout.js").LineLayout} Layout */

const picker = find("#picker", HTMLSelectElement);
const pauseButton = find("#pause", HTMLButtonElement);
const blank = find("#blank", HTMLElement);
const badge = find("#badge", HTMLElement);
const summary = find("#summary", HTMLElement);
const note = find("#note", HTMLElement);
const recordsPane = find("#records", HTMLElement);
const download = find("#download", HTMLAnchorElement);
const links = find(".links", HTMLElement);

const { server } = openShell({
  about:
    "One stream as it comes, in its own dtype. Drag to move, wheel or pinch to zoom; hover over " +
    "a figure below the image to read how it is measured.",
  keys: [
    { key: " ", label: "Space", does: "hold the picture, go on", act: () => pause(!paused) },
    { key: ",", does: "hold the frame before", act: () => image?.step(-1) },
    { key: ".", does: "hold the next frame", act: () => image?.step(1) },
    { key: "f", does: "fit: the whole image", act: () => fit() },
    { key: "1", does: "1:1: a pixel of the image is one of the screen", act: () => controls?.zoomTo(1) },
    { key: "+", does: "larger", act: () => zoomBy(2) },
    { key: "-", does: "smaller", act: () => zoomBy(0.5) },
    { key: "r", does: "turn by 90 degrees", act: () => controls?.turnBy(90) },
    { key: "R", label: "Shift+R", does: "turn back", act: () => controls?.turnBy(-90) },
    { key: "h", does: "mirror left and right", act: () => controls?.mirror("mirrorX") },
    { key: "v", does: "mirror top and bottom", act: () => controls?.mirror("mirrorY") },
    { key: "a", does: "contrast automatic, or held", act: () => image?.contrast.toggleAuto() },
    { key: "l", does: "draw a line for a profile, or take it away", act: () => tools?.toggleLine() },
    { key: "o", does: "draw a region of interest", act: () => tools?.beginRegion("rectangle") },
    { key: "O", label: "Shift+O", does: "draw an ellipse", act: () => tools?.beginRegion("ellipse") },
    { key: "s", does: "scale bar", act: () => tools?.toggleBar() },
    { key: "F", label: "Shift+F", does: "full screen", act: () => toggleFullScreen() },
    { key: "[", does: "back on the last slider", act: () => axes.step(-1) },
    { key: "]", does: "forward on the last slider", act: () => axes.step(1) },
    { key: "k", does: "play along an axis, stop", act: () => axes.player.toggle() },
    { key: "Arrows", does: "with the image focused: move" },
  ],
});

const delivery = new Delivery(find("#delivery", HTMLElement));
const table = new RecordsTable(recordsPane);
/** @type {ImageView | null} null: this browser cannot draw */
let image = null;
/** @type {ViewControls | null} */
let controls = null;
/** @type {Tools | null} */
let tools = null;
/** @type {Compare | null} */
let compare = null;
let drawingFailed = "";
const axes = new Axes({
  onIndices: (indices) => {
    image?.show(indices);
    lines.show(indices);
    compare?.showPlane();
  },
  onChoice: () => {
    feed?.look();
    compare?.look();
  },
  isHere: () => image?.isHere ?? true,
});
const manners = new MannerControls((manner, isOtherPart) => {
  if (image === null) return;
  image.manner = manner;
  if (isOtherPart) {
    image.measure();
    tools?.measure();
  }
  image.requestDraw();
  compare?.redraw(isOtherPart);
});
const display = new DisplayLog(server, (look) => image?.contrast.follow(look));
const steps = find(".steps", HTMLElement);
const lines = new LineView(find("#plot", HTMLElement), find("#lines", HTMLElement));
const presentation = find("#as", HTMLSelectElement);
const viewGroup = find("#zooming", HTMLElement);
try {
  image = new ImageView(find("#stage", HTMLElement), {
    onContext: () => showStanding(),
    onFlow: (wanted) => flow(wanted),
  });
  controls = new ViewControls(image.view);
  new Cursor(image, find("#cursor", HTMLElement));
  image.manner = manners.manner;
  const draws = image;
  const draw = () => draws.requestDraw();
  new ChannelRows(find("#channels", HTMLElement), image.channels, "", draw, () => draws.measure());
  tools = new Tools(image, find("#tools", HTMLElement), find("#drawer", HTMLElement));
  compare = new Compare(server, image, () => axes.choice);
} catch (error) {
  drawingFailed = error instanceof Error ? error.message : String(error);
}

let name = readAddress("stream") ?? "";
let paused = false;
/** @type {Feed | null} */
let feed = null;
/** @type {Layout | null} of the generation that comes */
let layout = null;
/** @type {Frame | null} the newest one that came */
let newest = null;
let failure = "";

/** @param {string} wanted */
function choose(wanted) {
  feed?.close();
  feed = null;
  layout = null;
  newest = null;
  failure = "";
  endImage(name !== wanted);
  recordsPane.hidden = true;
  name = wanted;
  document.title = name === "" ? "Viewer" : `${name} – Viewer`;
  download.href = downloadAddress(name);
  download.download = `${name}.npy`;
  setText(find("#python", HTMLElement), pythonLine(name));
  paused = false;
  showPaused();
  if (name !== "") {
    feed = new Feed(server, name, { plan, onSubscription: followDelivery });
    feed.look();
  }
  followDelivery();
  showStanding();
}

function followDelivery() {
  const told = () => (server.listed && server.streams.get(name)) || null;
  delivery.follow(feed?.subscription ?? null, told);
}

/**
 * How a stream is asked for.
 *
 * @param {Stream} stream
 */
function plan(stream) {
  const wanted = present(stream);
  const isImage = wanted.kind === "image" && image !== null;
  const source = isImage ? sourcePlan(stream, wanted, axes.beginning(wanted)) : null;
  const options = {
    /** @type {"manual"} */
    credit: "manual",
    ...(source?.options ?? { credits: 2, backlog: 200 }),
    onSubscribed: (/** @type {Stream} */ now) => isIdle(now) || begin(now, source?.kind ?? null),
    onWaiting: () => showStanding(),
    onFrame: take,
    onViewed: (/** @type {import("../client/subscription.js").Viewed} */ viewed) =>
      image?.viewed(viewed),
    onError: (/** @type {Error} */ error) => {
      failure = error.message;
      showStanding();
    },
  };
  const key = JSON.stringify([wanted.kind, source?.kind, isImage && [wanted.shownAxes, wanted.channelAxis, wanted.leading.length]]);
  return { key, options: source?.kind === "tiles" ? { ...options, onTile: take } : options };
}

/** @param {boolean} [forget] another stream comes */
function endImage(forget = false) {
  image?.end();
  display.end();
  lines.end();
  axes.end(forget);
  manners.begin(null);
  viewGroup.hidden = true;
}

/**
 * @param {Stream} stream
 * @param {import("./image_view.js").Kind | null} kind
 */
function begin(stream, kind) {
  failure = "";
  layout = present(stream);
  steps.hidden = layout.kind !== "image";
  const shape = formatShape(stream.shape);
  const what = stream.kind === "log" ? `log of ${shape} records` : `${stream.kind} ${shape}`;
  setText(summary, `${describeDtype(stream)}, ${what}`);
  if (layout.kind === "image") {
    lines.end();
    recordsPane.hidden = true;
    viewGroup.hidden = false;
    axes.begin(stream, layout);
    manners.begin(layout);
    const { subscription } = feed ?? {};
    if (kind !== null) image?.begin(stream, layout, axes.indices, kind, (place) => subscription?.view(place));
    display.begin(stream.metadata);
    compare?.showPlane();
    compare?.showNames();
  } else if (layout.kind === "line") {
    endImage();
    recordsPane.hidden = true;
    axes.begin(stream, layout);
    lines.begin(stream, layout, axes.indices);
  } else {
    endImage();
    recordsPane.hidden = layout.kind !== "table";
    table.begin(stream);
  }
  showStanding();
}

/**
 * As an image, as lines or as a table: by the address, else as suits the stream best.
 *
 * @param {Stream} stream
 * @returns {Layout}
 */
function present(stream) {
  const ways = presentationsOf(stream);
  const asked = readAddress("as");
  const way = ways.find((known) => known === asked) ?? ways[0];
  if (way !== presentation.value || ways.length !== presentation.options.length) {
    presentation.replaceChildren(...ways.map((value) => element("option", { value }, value)));
    presentation.value = way;
  }
  find("#presentation", HTMLElement).hidden = ways.length < 2;
  return (way === "plot" ? lineLayoutOf(stream) : null) ?? layoutOf(stream, axes.choice);
}

/** @type {Frame[]} records that wait for the next animation frame */
let tableQueue = [];

/** @param {Frame} frame */
function take(frame) {
  if (isIdle(frame.stream)) {
    frame.skip();
    return;
  }
  const isFirst = newest === null;
  newest = frame;
  if (layout?.kind === "image" && image !== null) {
    const wrong = image.offer(frame);
    if (wrong !== "") failure = `${name} cannot be drawn. ${wrong}`;
    if (wrong !== "") showStanding();
  } else if (layout?.kind === "line") {
    lines.offer(frame);
  } else if (layout?.kind === "table") {
    tableQueue.push(frame);
    if (tableQueue.length === 1) requestAnimationFrame(showRecords);
  } else {
    frame.skip();
  }
  if (isFirst) showStanding();
}

function showRecords() {
  for (const frame of tableQueue) {
    if (frame.generation === feed?.subscription?.stream?.generation) {
      table.show(frame);
      frame.painted();
      recordsPane.dataset.sequence = String(frame.sequence);
    } else {
      frame.skip();
    }
  }
  tableQueue = [];
}

/** @param {boolean} wanted whether data shall come */
function flow(wanted) {
  feed?.flow(wanted);
  paused = image?.layout ? image.frozen : !wanted;
  compare?.freeze(paused);
  showPaused();
}

/** @param {boolean} wanted */
function pause(wanted) {
  if (image?.layout) image.freeze(wanted);
  else if (wanted !== paused) flow(!wanted);
}

function showPaused() {
  pauseButton.setAttribute("aria-pressed", String(paused));
  setText(pauseButton, paused ? "Go on" : "Pause");
  showStanding();
}

/** The whole image, or all of a line. */
function fit() {
  if (lines.layout !== null) lines.plot.zoom(null);
  else controls?.fit();
}

/** @param {number} factor */
function zoomBy(factor) {
  if (lines.layout !== null) lines.plot.zoom(factor);
  else controls?.zoomBy(factor);
}

/** What is said over the picture, or in its place. */
function showStanding() {
  const stream = server.streams.get(name);
  const text = standing(stream);
  badge.hidden = text === "";
  setText(badge, text);
  setText(note, image?.layout ? lossOnScreen(image.layout.dtype.code) : "");
  note.hidden = note.textContent === "";
  links.hidden = stream === undefined;
  showBlank(stream);
}

/** @param {Stream | undefined} stream */
function standing(stream) {
  if (newest === null) return "";
  const nouns = /** @type {Record<string, string>} */ ({ records: "record", tile: "change" });
  const noun = nouns[newest.opcode] ?? newest.opcode;
  const age = performance.now() - server.clock.toPage(newest.published);
  const ago = Number.isNaN(age) ? "" : `, last ${noun} ${formatAge(age * 1e6)} ago`;
  if (image?.renderer.lost) return "The browser took the graphics context away; waiting for it";
  if (failure !== "") return failure;
  if (paused) return "Paused";
  if (feed?.subscription?.state === "waiting") return `Producer ended${ago}; waiting for the next one`;
  if (stream === undefined || server.state.phase !== "connected") return "";
  if (stream.state === "gone") return `Producer gone${ago}; waiting for the next one`;
  if (stream.state === "closed") return `Closed by its producer${ago}`;
  const isStill = stream.kind === "frames" && stream.age_ns > 5e9;
  return isStill ? `No new ${noun} for ${formatAge(stream.age_ns)}` : "";
}

/** @param {Stream | undefined} stream */
function showBlank(stream) {
  if (drawingFailed !== "" && layout?.kind === "image") {
    showState(blank, "no drawing", () => [
      element("h2", {}, "Nothing can be drawn here"),
      element("p", {}, drawingFailed),
    ]);
  } else if (layout?.kind === "empty" && stream !== undefined) {
    showState(blank, `empty ${name}`, () => [
      element("h2", {}, `${name} has no elements`),
      element("p", {}, `Its shape is (${stream.shape.join(", ")}).`),
    ]);
  } else if (newest !== null || (layout?.kind === "table" && stream?.kind === "log")) {
    showState(blank, "", () => []);
  } else if (!server.listed || (name === "" && server.streams.size === 0)) {
    showEmptyState(blank, server, { shown: 0, unmatched: 0 });
  } else if (failure !== "") {
    showState(blank, `failure ${failure}`, () => [
      element("h2", {}, `${name} cannot be shown`),
      element("p", {}, failure),
    ]);
  } else if (stream === undefined) {
    showState(blank, `waiting ${name}`, () => [
      element("h2", {}, `Waiting for ${name}`),
      element("p", {}, "No program shares a stream of this name now. It appears here by itself."),
    ]);
  } else {
    showState(blank, `no data ${name}`, () => [
      element("h2", {}, `${name} has no data yet`),
      element("p", {}, "The first one is shown as soon as its producer commits it."),
    ]);
  }
}

/** @param {string} other name of a stream */
function canCompare(other) {
  const stream = server.streams.get(other);
  return stream !== undefined && other !== name && layoutOf(stream).kind === "image";
}

/** The choices, and a stream to begin with where the address names none. */
function showChoices() {
  const names = [...server.streams.keys()].sort();
  if (name === "" && server.listed) {
    const all = names.map((key) => /** @type {Stream} */ (server.streams.get(key)));
    const images = all.filter((stream) => layoutOf(stream).kind === "image");
    const best = images.find(({ state }) => state === "live") ?? images[0] ?? all[0];
    if (best !== undefined) {
      writeAddress({ stream: best.name });
      choose(best.name);
    }
  }
  const shown = name === "" || names.includes(name) ? names : [name, ...names];
  const options = [...picker.options].map(({ value }) => value);
  if (shown.join() !== options.join()) {
    picker.replaceChildren(...shown.map((value) => element("option", { value }, value)));
  }
  picker.value = name;
  picker.disabled = shown.length === 0;
  compare?.offer(names.filter((other) => canCompare(other)));
  showStanding();
}

picker.addEventListener("change", () => {
  // What was chosen for one stream means nothing for another.
  writeAddress({ stream: picker.value, view: null, at: null, limits: null, auto: null });
  writeAddress({ cmap: null, gamma: null, turn: null, flip: null });
  writeAddress({ axes: null, blend: null, play: null, part: null });
  writeAddress(Object.fromEntries([...Array(16).keys()].map((i) => [`c${i}`, null])));
  writeAddress({ ...lineKeys, ...toolKeys, centre: null, counts: null });
  tools?.clear();
  flushAddress();
  axes.readChoice();
  image?.view.turnTo({ degrees: 0, mirrorX: false, mirrorY: false });
  controls?.fit();
  choose(picker.value);
});
presentation.addEventListener("change", () => {
  writeAddress({ ...lineKeys, at: null, as: presentation.value });
  flushAddress();
  choose(name);
});
find("#back", HTMLButtonElement).addEventListener("click", () => image?.step(-1));
find("#forward", HTMLButtonElement).addEventListener("click", () => image?.step(1));
pauseButton.addEventListener("click", () => pause(!paused));
copyOnClick(find("#copy", HTMLButtonElement), () => pythonLine(name));
server.on("streams", showChoices);
server.on("state", showStanding);
server.watchStatus(500);
choose(name);
compare?.open(readAddress("with") ?? "");
