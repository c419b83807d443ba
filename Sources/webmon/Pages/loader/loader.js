// @ts-check
/**
 * The page `loader`: frame time, time and bytes a chunk, and any other log, as live graphs.
 */

import { flushAddress, readAddress, writeAddress } from "../shell/address.js";
import { Delivery } from "../shell/delivery.js";
import { element, find, setText } from "../shell/element.js";
import { formatAge, formatBytes, formatCount } from "../shell/format.js";
import { openShell } from "../shell/shell.js";
import { findSource, groupOf, presets } from "./conventions.js";
import { Feed } from "./feed.js";
import { Graph } from "./graph.js";
import { heldAtMost } from "./history.js";
import { Newest } from "./newest.js";
import { plotColumns } from "./plot_columns.js";
import { readGraphs, readPreset, writeGraphs, writePreset } from "./settings.js";
import { SpecFiles } from "./spec_files.js";
import { showNoLog } from "./no_log.js";
import { Windows } from "./windows.js";

/** @typedef {import("./settings.js").Settings} Settings */

/** Milliseconds between two graphs' turns. */
const turn = 30;
/** Milliseconds between two looks at the table and the summary. */
const tableEvery = 500;

const pauseButton = find("#pause", HTMLButtonElement);
const picker = find("#picker", HTMLSelectElement);
const content = find("#content", HTMLElement);
const blank = find("#blank", HTMLElement);
const summary = find("#summary", HTMLElement);
const place = find("#graphs", HTMLElement);

const { server } = openShell({
  about:
    "Logs as graphs while they are written. Each is summed up before it is drawn: the line is the " +
    "mean, the band reaches from the lowest to the highest value, red marks lost records. The " +
    "figures count every record of the window.",
  keys: [
    { key: " ", label: "Space", does: "hold the graphs, go on", act: () => pause(pausedAt === null) },
    ...["the last 10 s", "the last minute", "the last 10 min", "all that is held"].map((does, i) => ({
      key: String(i + 1),
      does,
      act: () => windows.choose(i),
    })),
    { key: "c", does: "clear: forget the records that are held", act: () => clear() },
    { key: "r", does: "read the specs again", act: () => void specs.reload() },
    { key: "a", does: "add a graph", act: () => add() },
  ],
});

const specs = new SpecFiles(() => server.state.phase === "connected");
const newest = new Newest(find("#records", HTMLElement));
const delivery = new Delivery(find("#delivery", HTMLElement));
const windows = new Windows(find("#windows", HTMLElement), readAddress("window"), (key) => {
  writeAddress({ window: key === "1m" ? null : key });
  redraw();
});

/** @type {Map<string, Feed>} by the log's name */
const feeds = new Map();
/** @type {Graph[]} */
const graphs = [];
/** @type {number | null} ms since 1970: no later record is shown */
let pausedAt = null;
/** The log of the table, and of the delivery's figures. */
let shown = readAddress("table") ?? "";
let wasShownBy = "";

/** Now, by the clock that the records' times are told in. */
function now() {
  return performance.timeOrigin + performance.now();
}

/** @returns {Settings} */
function nothing() {
  return { stream: "", x: "@commit", y: "", by: "", mark: "line", isLog: false };
}

/**
 * @param {import("./conventions.js").Preset | null} preset
 * @param {Settings} settings
 */
function open(preset, settings) {
  const graph = new Graph({
    preset,
    settings,
    specs,
    onChoice: (change) => choose(graph, change),
    onRemove: preset === null ? () => remove(graph) : null,
    onShowAll: () => windows.choose("all"),
  });
  graphs.push(graph);
  place.append(graph.element);
  return graph;
}

/** @param {Graph} graph @param {Partial<Settings>} change */
function choose(graph, change) {
  const settings = { ...graph.settings, ...change };
  if (change.stream !== undefined && change.stream !== graph.settings.stream) {
    // Another log: what was chosen of the first one holds as far as this one has it too.
    const columns = feedOf(settings.stream)?.columns ?? [];
    const has = (/** @type {string} */ key) => columns.some((column) => column.key === key);
    if (columns.length > 0 && !has(settings.y)) settings.y = "";
    if (!has(settings.by)) settings.by = "";
    if (!settings.x.startsWith("@") && !has(settings.x)) settings.x = "@commit";
  }
  graph.choose(settings);
  graph.isChosen = true;
  arrange();
  write();
}

/** The graphs in the address; a graph of the three only where it was chosen by hand. */
function write() {
  /** @type {{[key: string]: string | null}} */
  const values = {};
  for (const { preset, settings, isChosen } of graphs) {
    if (preset !== null) values[preset.key] = isChosen ? writePreset(settings) : null;
  }
  const own = graphs.filter(({ preset }) => preset === null).map(({ settings }) => settings);
  writeAddress({ ...values, graphs: writeGraphs(own) });
}

/** @param {string} name */
function feedOf(name) {
  if (name === "") return null;
  let feed = feeds.get(name);
  if (feed === undefined) {
    feed = new Feed(server, name);
    feeds.set(name, feed);
  }
  return feed;
}

function logs() {
  const all = [...server.streams.values()].filter(({ kind }) => kind === "log");
  return all.map(({ name }) => name).sort();
}

/** What feeds what: after a choice, and when the list of streams changed. */
function arrange() {
  // Before the first list nothing is known of what a log has.
  if (!server.listed) return;
  const names = logs();
  for (const graph of graphs) {
    const { preset, settings } = graph;
    if (preset !== null && !graph.isChosen) {
      const found = findSource(preset, server.streams.values());
      const isBetter = found !== null && (settings.stream === "" || found.score > graph.score);
      if (isBetter && (found.stream !== settings.stream || found.field !== settings.y)) {
        const stream = server.streams.get(found.stream);
        const by = stream === undefined ? "" : groupOf(stream, plotColumns(stream));
        graph.choose({ ...settings, stream: found.stream, y: found.field, by });
      }
      if (found !== null && isBetter) graph.score = found.score;
    }
    const feed = feedOf(graph.settings.stream);
    if (graph.settings.y === "" && feed !== null && feed.columns.length > 0) {
      const numbers = feed.columns.filter(({ kind, key }) => kind !== "text" && kind !== "time" && key !== "time");
      graph.choose({ ...graph.settings, y: (numbers[0] ?? feed.columns[0]).key });
      if (graph.isChosen) write();
    }
    graph.follow(feed, names);
  }
  const used = new Set(graphs.map(({ settings }) => settings.stream));
  if (shown === "" || (!names.includes(shown) && !feeds.has(shown))) {
    shown = [...used].find(Boolean) ?? "";
  }
  if (shown !== "") feedOf(shown);
  for (const [name, feed] of feeds) {
    if (used.has(name) || name === shown) continue;
    feed.close();
    feeds.delete(name);
  }
  showChoices(names);
  const isEmpty = names.length === 0 && feeds.size === 0;
  content.hidden = isEmpty;
  showNoLog(blank, server, isEmpty);
}

/** @param {readonly string[]} names */
function showChoices(names) {
  const all = shown === "" || names.includes(shown) ? names : [shown, ...names];
  const now = [...picker.options].map(({ value }) => value);
  if (now.join("\n") !== all.join("\n")) {
    picker.replaceChildren(...all.map((name) => element("option", { value: name }, name)));
  }
  picker.value = shown;
  if (shown === wasShownBy) return;
  wasShownBy = shown;
  const feed = feeds.get(shown) ?? null;
  delivery.follow(feed?.subscription ?? null, () => (server.listed && server.streams.get(shown)) || null);
}

/** All graphs, as soon as their turn comes. */
function redraw() {
  for (const graph of graphs) graph.choose(graph.settings);
}

/** Draws the one graph that is most overdue: never all of them in one task. */
function drawNext() {
  if (document.hidden) return;
  const at = performance.now();
  const graph = graphs.reduce((a, b) => (b.due < a.due ? b : a));
  if (graph.due > at || !server.listed) return;
  const to = pausedAt ?? now();
  graph.draw({ from: to - windows.span, to }, windows.name);
  // Held: nothing changes any more once all that was committed until then has come.
  const isWhole = pausedAt !== null && !((graph.feed?.history.newest ?? Infinity) < pausedAt);
  if (isWhole) graph.due = Infinity;
  else graph.feed?.drawn();
}

function drawTable() {
  if (document.hidden) return;
  const feed = feeds.get(shown) ?? null;
  if (pausedAt === null) newest.show(feed);
  setText(find("#followed", HTMLElement), feed === null ? "" : `${shown}${standing(feed)}`);
  const all = [...feeds.values()];
  const records = all.reduce((sum, { history }) => sum + history.length, 0);
  const bytes = all.reduce((sum, { history }) => sum + history.nbytes, 0);
  const lost = all.reduce((sum, each) => sum + each.lost, 0);
  const loss = lost === 0 ? "" : `, ${formatCount(lost)} lost`;
  setText(summary, records === 0 ? "" : `${formatCount(records)} records held in ${formatBytes(bytes)}${loss}`);
  summary.title = `At most ${formatCount(heldAtMost)} records of each log are held; older ones are forgotten.`;
  summary.dataset.records = String(records);
  summary.dataset.lost = String(lost);
}

/** @param {Feed} feed */
function standing(feed) {
  const stream = server.streams.get(feed.name);
  if (pausedAt !== null) return ", paused";
  if (server.state.phase !== "connected") return ", not connected";
  if (stream === undefined) return ", ended; waiting for the next one";
  const ago = feed.history.length === 0 ? "" : `, last record ${formatAge((now() - feed.history.newest) * 1e6)} ago`;
  if (stream.state === "gone") return `, its producer is gone${ago}`;
  if (stream.state === "closed") return `, closed by its producer${ago}`;
  return stream.age_ns > 5e9 ? `, no new record for ${formatAge(stream.age_ns)}` : "";
}

/** @param {boolean} wanted */
function pause(wanted) {
  pausedAt = wanted ? now() : null;
  pauseButton.setAttribute("aria-pressed", String(wanted));
  setText(pauseButton, wanted ? "Go on" : "Pause");
  redraw();
}

function clear() {
  for (const feed of feeds.values()) feed.clear();
  newest.clear(feeds.get(shown) ?? null);
  redraw();
}

function add() {
  const first = graphs.find(({ settings }) => settings.stream !== "")?.settings;
  open(null, { ...nothing(), stream: first?.stream ?? logs()[0] ?? "" }).isChosen = true;
  arrange();
  write();
  graphs[graphs.length - 1].element.scrollIntoView({ block: "nearest" });
}

/** @param {Graph} graph */
function remove(graph) {
  graphs.splice(graphs.indexOf(graph), 1);
  graph.close();
  arrange();
  write();
}

for (const preset of presets) {
  const settings = readPreset(readAddress(preset.key));
  open(preset, settings ?? nothing()).isChosen = settings !== null;
}
for (const settings of readGraphs(readAddress("graphs"))) open(null, settings).isChosen = true;

pauseButton.addEventListener("click", () => pause(pausedAt === null));
find("#clear", HTMLButtonElement).addEventListener("click", clear);
find("#reload", HTMLButtonElement).addEventListener("click", () => void specs.reload());
find("#add", HTMLButtonElement).addEventListener("click", add);
picker.addEventListener("change", () => {
  shown = picker.value;
  writeAddress({ table: shown });
  flushAddress();
  arrange();
});
server.on("streams", arrange);
server.on("state", arrange);
server.watchStatus(500);
setInterval(drawNext, turn);
setInterval(drawTable, tableEvery);
arrange();
showNoLog(blank, server, true);
