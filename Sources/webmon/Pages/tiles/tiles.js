// @ts-check
/**
 * The page `tiles`: what happens to the tiles of a multiscale image, as it happens.
 */

import { flushAddress, readAddress, writeAddress } from "../shell/address.js";
import { Delivery } from "../shell/delivery.js";
import { copyOnClick, element, find, setText } from "../shell/element.js";
import { formatAge, formatCount } from "../shell/format.js";
import { openShell } from "../shell/shell.js";
import { showEmptyState, showState } from "../shell/states.js";
import { Controls } from "./controls.js";
import { isTileLog } from "./declaration.js";
import { hoverText } from "./hover.js";
import { Legend } from "./legend.js";
import { Look } from "./look.js";
import { Settings } from "./settings.js";
import { TileFeed } from "./tile_feed.js";
import { TileMap } from "./tile_map.js";

/** Milliseconds between two looks at the figures of the panel. */
const figuresEvery = 200;
/** Milliseconds between two questions for all states. */
const askEvery = 5000;
/** After the producer did not give them. */
const askAgainAfter = 15_000;

const picker = find("#picker", HTMLSelectElement);
const blank = find("#blank", HTMLElement);
const badge = find("#badge", HTMLElement);
const badgeText = find("#badge-text", HTMLElement);
const again = find("#again", HTMLButtonElement);
const note = find("#note", HTMLElement);
const cursor = find("#cursor", HTMLElement);
const canvas = find("#canvas", HTMLCanvasElement);

const { server } = openShell({
  about:
    "The tiles of a multiscale image as its producer tells of them: one square is one tile of the level that is shown. " +
    "The yellow rectangle is what the producer sees. Drag to move, wheel or pinch to zoom; hover over a tile to read what is known of it.",
  keys: [
    { key: "v", does: "follow: keep the producer's view in sight", act: () => map?.show("follow") },
    { key: "f", does: "fit the whole image", act: () => map?.show("image") },
    { key: "p", does: "fit what the producer sees", act: () => map?.show("frustum") },
    { key: "+", does: "larger", act: () => map?.zoomBy(2) },
    { key: "-", does: "smaller", act: () => map?.zoomBy(0.5) },
    { key: "[", does: "a finer level", act: () => settings.stepLevel(-1, map?.shown[0]?.level ?? 0) },
    { key: "]", does: "a coarser level", act: () => settings.stepLevel(1, map?.shown[0]?.level ?? -1) },
    { key: "c", does: "colour by state, level, load time, age", act: () => settings.nextColor() },
    { key: "g", does: "grid on, off", act: () => settings.toggle("grid") },
    { key: "x", does: "pixels under the grid on, off", act: () => settings.toggle("pixels") },
    { key: "Arrows", does: "with the tiles focused: move; the tile in the middle is told below" },
  ],
});

const look = new Look();
const settings = new Settings(look, () => {
  map?.requestDraw();
  showStanding();
});
const legend = new Legend(find("#legend", HTMLElement), find("#spoken", HTMLElement));
const controls = new Controls(find("#controls", HTMLElement), find("#forms", HTMLElement), server);
const delivery = new Delivery(find("#delivery", HTMLElement));
/** @type {TileMap | null} null: this browser cannot draw */
let map = null;
let drawingFailed = "";
try {
  map = new TileMap(canvas, server, look, {
    onDraw: drawn,
    onHover: showTile,
    onView: () => writeAddress({ view: map?.view.text ?? null }),
    onChange: () => showStanding(),
  });
  map.view.text = readAddress("view");
} catch (error) {
  drawingFailed = error instanceof Error ? error.message : String(error);
}

let name = readAddress("stream") ?? "";
/** @type {TileFeed | null} */
let feed = null;
let askedAt = -Infinity;
let askFailed = "";

/** @param {string} wanted */
function choose(wanted) {
  feed?.end();
  feed = null;
  name = wanted;
  askedAt = -Infinity;
  askFailed = "";
  map?.begin(null);
  controls.begin(null);
  find("#settings", HTMLElement).hidden = true;
  setText(find("#summary", HTMLElement), "");
  document.title = name === "" ? "Tiles" : `${name} – Tiles`;
  if (name !== "") {
    const mine = new TileFeed(server, name, {
      onBegin: (model) => begin(mine, model),
      onEvents: () => map?.requestDraw(),
      onView: (view) => map?.follow(view),
      onChange: () => showStanding(),
    });
    feed = mine;
    if (map !== null) map.now = () => mine.now;
  }
  delivery.follow(feed?.subscription ?? null, () => (server.listed && server.streams.get(name)) || null);
  showStanding();
}

/** @param {TileFeed} from @param {import("./tile_model.js").TileModel} model */
function begin(from, model) {
  if (feed !== null && feed !== from) return;
  const { declaration } = model;
  askedAt = -Infinity;
  askFailed = "";
  map?.begin(model);
  settings.begin(declaration);
  controls.begin(declaration);
  find("#settings", HTMLElement).hidden = false;
  const { layers, image, size } = declaration;
  const levels = Math.max(...layers.map((layer) => layer.levels.length));
  const count = (/** @type {number} */ n, /** @type {string} */ noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  setText(
    find("#summary", HTMLElement),
    `${image}, ${formatCount(Math.round(size.width))} × ${formatCount(Math.round(size.height))}, ${count(levels, "level")}`,
  );
  canvas.setAttribute("aria-label", `Tiles of ${image}`);
  showStanding();
}

function drawn() {
  if (map === null || feed?.model == null) return;
  const { sequence } = feed;
  canvas.dataset.sequence = String(sequence);
  canvas.dataset.drawn = String(map.drawn);
  feed.painted();
  showTile();
}

/** What is known of the tile under the cursor. */
function showTile() {
  if (map !== null && feed?.model != null) setText(cursor, hoverText(feed.model, map));
}

/** What changes with every event is shown less often. */
function showFigures() {
  if (map === null || feed?.model == null) return;
  legend.show(feed.model, map, look.color);
  settings.showView(map);
  showTile();
  askIfNeeded();
}

/** All states are asked for where some are not known, if the producer takes that. */
function askIfNeeded() {
  const model = feed?.model;
  if (model == null || model.isWhole || !feed?.hasEvents) return;
  const wait = askFailed === "" ? askEvery : askAgainAfter;
  if (performance.now() - askedAt > wait) void ask();
}

async function ask() {
  const declaration = feed?.model?.declaration;
  if (declaration === undefined || !controls.has(declaration.snapshot)) return;
  askedAt = performance.now();
  try {
    await server.call(declaration.snapshot, {}, { target: declaration.target });
    askFailed = "";
  } catch (error) {
    askFailed = error instanceof Error ? error.message : String(error);
  }
  showStanding();
}

/** What is said over the tiles, or in their place. */
function showStanding() {
  const stream = server.streams.get(name);
  const text = standing(stream);
  badge.hidden = text === "";
  setText(badgeText, text);
  const model = feed?.model;
  again.hidden = model == null || model.isWhole || !controls.has(model.declaration.snapshot);
  const said = model == null ? [] : [...model.declaration.problems, feed?.viewComplaint ?? "", ...(map?.complaints ?? [])];
  if (model != null && model.strange > 0) {
    said.push(`${formatCount(model.strange)} events name no tile of the image; the first: ${model.firstStrange}.`);
  }
  setText(note, said.filter(Boolean).join(" "));
  note.hidden = note.textContent === "";
  showBlank(stream);
}

/** @param {import("../client/server.js").Stream | undefined} stream */
function standing(stream) {
  if (feed?.model == null) return "";
  if (map?.renderer.lost) return "The browser took the graphics context away; waiting for it";
  if (feed.failure !== "") return feed.failure;
  const age = performance.now() - feed.published;
  const ago = Number.isNaN(age) ? "" : `, last event ${formatAge(age * 1e6)} ago`;
  if (feed.subscription.state === "waiting") return `Producer ended${ago}; waiting for the next one`;
  if (stream === undefined || server.state.phase !== "connected") return "";
  if (stream.state === "gone") return `Producer gone${ago}; waiting for the next one`;
  if (stream.state === "closed") return `Closed by its producer${ago}`;
  if (feed.hasEvents && !feed.model.isWhole) {
    const { lost } = feed.model;
    const what = lost > 0 ? `${formatCount(lost)} events were lost: states may be old` : "Earlier events are gone: some states are not known";
    return askFailed === "" ? what : `${what}. ${askFailed}`;
  }
  return "";
}

const example = `import webmon
slide = webmon.TileLayer.pyramid("slide", (50_000, 40_000), (256, 256), 8)
tiles = webmon.TileLog("tiles", [slide])
tiles.view((9_000, 8_000, 13_000, 14_000), level=2)
tiles.cached("slide", 2, rows=[9, 9, 10], columns=[8, 9, 8], milliseconds=12.5)
tiles.failed("slide", 2, rows=10, columns=9)`;

/** @param {import("../client/server.js").Stream | undefined} stream */
function showBlank(stream) {
  if (drawingFailed !== "") {
    showState(blank, "no drawing", () => [element("h2", {}, "Nothing can be drawn here"), element("p", {}, drawingFailed)]);
  } else if (feed?.model != null) {
    showState(blank, "", () => []);
  } else if (!server.listed) {
    showEmptyState(blank, server, { shown: 0, unmatched: 0 });
  } else if (name === "") {
    showState(blank, "none", makeExample);
  } else if (feed !== null && feed.failure !== "") {
    const { failure } = feed;
    showState(blank, `failure ${failure}`, () => [
      element("h2", {}, `${name} tells of no tiles`),
      element("p", {}, failure),
    ]);
  } else if (stream === undefined) {
    showState(blank, `waiting ${name}`, () => [
      element("h2", {}, `Waiting for ${name}`),
      element("p", {}, "No program shares a log of this name now. It appears here by itself."),
    ]);
  } else {
    showState(blank, "asking", () => [element("p", { class: "muted" }, "Asking for the tiles …")]);
  }
}

function makeExample() {
  const copy = element("button", { type: "button" }, "Copy");
  copyOnClick(copy, () => `${example}\n`);
  return [
    element("h2", {}, "No program tells of tiles yet"),
    element("p", {}, "A multiscale image appears here as soon as a program says what happens to its tiles. In Python:"),
    element("div", { class: "sample" }, element("pre", {}, element("code", {}, example)), copy),
    element("p", { class: "muted" }, "Or run the demo: make demo."),
  ];
}

/** The choices, and a log to begin with where the address names none. */
function showChoices() {
  const logs = [...server.streams.values()].filter(isTileLog);
  const names = logs.map((stream) => stream.name).sort();
  if (name === "" && server.listed && names.length > 0) {
    const best = logs.find(({ state }) => state === "live") ?? logs[0];
    writeAddress({ stream: best.name });
    choose(best.name);
  }
  const found = server.streams.get(name)?.generation;
  if (feed !== null && feed.failure !== "" && found !== undefined && found !== feed.generation) choose(name);
  const shown = name === "" || names.includes(name) ? names : [name, ...names];
  const options = [...picker.options].map(({ value }) => value);
  if (shown.join() !== options.join()) {
    picker.replaceChildren(...shown.map((value) => element("option", { value }, value)));
  }
  picker.value = name;
  picker.disabled = shown.length === 0;
  showStanding();
}

picker.addEventListener("change", () => {
  look.forget();
  writeAddress({ stream: picker.value, view: null });
  flushAddress();
  map?.view.show("follow");
  choose(picker.value);
});
for (const mode of /** @type {const} */ (["follow", "image", "frustum"])) {
  find(`#${mode}`, HTMLButtonElement).addEventListener("click", () => map?.show(mode));
}
find("#larger", HTMLButtonElement).addEventListener("click", () => map?.zoomBy(2));
find("#smaller", HTMLButtonElement).addEventListener("click", () => map?.zoomBy(0.5));
again.addEventListener("click", () => void ask());
canvas.addEventListener("focus", () => showFigures());
canvas.addEventListener("blur", () => showFigures());
server.on("streams", showChoices);
server.on("state", showStanding);
server.watchStatus(500);
setInterval(showFigures, figuresEvery);
choose(name);
