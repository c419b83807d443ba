// @ts-check
/**
 * The page `table`: the records of a log, or the numbers of an array, as a table.
 */

import { flushAddress, readAddress, writeAddress } from "../shell/address.js";
import { Delivery } from "../shell/delivery.js";
import { downloadAddress } from "../shell/describe.js";
import { element, find, setText } from "../shell/element.js";
import { formatCount } from "../shell/format.js";
import { openShell } from "../shell/shell.js";
import { Arrangement } from "./arrangement.js";
import { ArrayRows } from "./array_rows.js";
import { ColumnChoice } from "./column_choice.js";
import { chosenColumns, shownColumn } from "./columns.js";
import { ExportMenu } from "./export_menu.js";
import { Feed } from "./feed.js";
import { Grid } from "./grid.js";
import { Heading } from "./heading.js";
import { PlaneChoice } from "./plane_choice.js";
import { RecordDetails } from "./record_details.js";
import { RecordRing } from "./record_ring.js";
import { rowChoice } from "./row_choice.js";
import { badgeText, countText, showBlank } from "./standing.js";
import { digitChoices, holds, readState, writtenState } from "./table_address.js";

/** @typedef {import("./columns.js").ShownColumn} ShownColumn */

const picker = find("#picker", HTMLSelectElement);
const filter = find("#filter", HTMLInputElement);
const followButton = find("#follow", HTMLButtonElement);
const digitsChoice = find("#digits", HTMLSelectElement);
const holdChoice = find("#hold", HTMLSelectElement);
const changes = find("#changes", HTMLInputElement);
const problem = find("#problem", HTMLElement);
const gridElement = find("#grid", HTMLElement);
const news = find("#news", HTMLButtonElement);
const badge = find("#badge", HTMLElement);
const working = find("#working", HTMLElement);
const standing = find("#standing", HTMLElement);
const download = find("#download", HTMLAnchorElement);

const state = readState();

const { server } = openShell({
  about:
    "The records of a log, or the numbers of an array, as a table. A heading sorts; under it stands what " +
    "the column is filtered by: text, /pattern/, >= 3, != x or 1..5.",
  keys: [
    { key: "/", does: "filter", act: () => filter.select() },
    { key: "f", does: "follow the newest record, or stay", act: () => grid.follow(!grid.isFollowing) },
    { key: "c", does: "copy the selected rows", act: () => void exportMenu.copySelected() },
    { key: "Arrows", label: "↑ ↓", does: "in the table: another row; with Shift: select several" },
    { key: "PageDown", label: "Page", does: "a screen further; Home and End: the oldest, the newest" },
    { key: "Enter", does: "all fields of the row; Escape closes them" },
  ],
});

/** @type {ShownColumn[]} */
let columns = [];
/** @type {ShownColumn[]} all of them, for the record */
let allColumns = [];
/** Whether the picture of the screen is asked for. */
let isDue = false;
/** Rows there were when following ended. */
let heldEnd = 0;
/** What is still to be brought into sight, as the address says. */
let wanted = { at: state.at, row: state.row };
/** The best rows come into sight once they are sorted. */
let wantsTop = false;

const feed = new Feed(server, { onRows: beginRows, onNews: schedule });
const arrangement = new Arrangement(schedule);
const heading = new Heading({ onSort: sortBy, onFilter: filterBy });
const grid = new Grid(gridElement, heading, arrangement, {
  onOpen: (position) => openRecord(position),
  onFollow: followed,
  onMove: schedule,
  onSelect: () => exportMenu.update(grid.selected.size),
});
const details = new RecordDetails(find("#record", HTMLElement), () => openRecord(-1));
const delivery = new Delivery(find("#delivery", HTMLElement));
const choice = new ColumnChoice(
  find("#columns", HTMLDetailsElement),
  find("#columns-list", HTMLElement),
  (paths) => {
    state.columns = paths;
    remember();
    makeColumns();
  },
);
const planes = new PlaneChoice(find("#planes", HTMLElement), (index) => {
  state.index = index;
  remember();
  feed.choose(feed.name, state.hold, state.index);
});
const exportMenu = new ExportMenu(
  () =>
    feed.rows === null
      ? null
      : {
          name: feed.name, rows: feed.rows, arrangement, shown: columns, all: allColumns,
          selected: grid.selected, label: feed.rows instanceof RecordRing ? "#" : "index",
        },
  (text) => say(text),
);

function remember() {
  writeAddress(writtenState(state));
}

// Rows

/** Other rows: another stream, other fields, another plane. */
function beginRows() {
  const { rows } = feed;
  gridElement.hidden = rows === null;
  details.open(-1, []);
  heldEnd = NaN;
  wantsTop = true;
  delivery.follow(feed.subscription, () => (server.listed && server.streams.get(feed.name)) || null);
  wanted = { at: state.at, row: state.row };
  const isLog = rows === null || rows instanceof RecordRing;
  followButton.hidden = !isLog;
  find("#hold-choice", HTMLElement).hidden = !isLog;
  find("#changes-choice", HTMLElement).hidden = isLog;
  planes.show(rows instanceof ArrayRows ? feed.stream : null, rows instanceof ArrayRows ? rows.index : []);
  grid.isFollowing = isLog && state.follow;
  if (rows !== null) makeColumns();
  schedule();
}

function makeColumns() {
  const { rows } = feed;
  if (rows === null) return;
  allColumns = rows.columns.map((column) => shownColumn(column, state.digits));
  const chosen = chosenColumns(rows.columns, state.columns);
  columns = chosen.map((column) => shownColumn(column, state.digits));
  const name = (/** @type {{path: string}} */ { path }) => path;
  choice.show(rows.columns.map(name), chosen.map(name));
  heading.hasFilters = rows.columns.length <= 500;
  gridElement.setAttribute("aria-label", `${feed.name}, ${columns.length} columns`);
  const open = details.position;
  grid.show(rows, columns);
  details.open(open, allColumns);
  arrange();
}

/** Sorts and filters as the state says; says what is wrong with a filter. */
function arrange() {
  const { rows } = feed;
  if (rows === null) return;
  const { orders, tests, searchProblem, problems } = rowChoice(state, columns, allColumns);
  filter.setAttribute("aria-invalid", String(searchProblem !== ""));
  const wrong = [...problems].map(([path, text]) => `${path === "" ? "value" : path}: ${text}`);
  setText(problem, [searchProblem, ...wrong].find((text) => text !== "") ?? "");
  problem.hidden = problem.textContent === "";
  const marks = orders.map(({ path, descending }, place) => /** @type {const} */ ([path, { descending, place }]));
  heading.mark(new Map(marks), state.where, problems);
  arrangement.set(rows, { orders, tests });
  schedule();
}

// What the user does

/** @param {string} path @param {boolean} isAdded */
function sortBy(path, isAdded) {
  const known = state.sort.find((order) => order.path === path);
  const others = isAdded ? state.sort.filter((order) => order !== known) : [];
  if (known === undefined || (!isAdded && state.sort.length > 1)) {
    state.sort = [...others, { path, descending: false }];
  } else if (!known.descending) {
    const turned = { path, descending: true };
    state.sort = isAdded ? state.sort.map((o) => (o === known ? turned : o)) : [turned];
  } else {
    state.sort = others;
  }
  wantsTop = true;
  remember();
  arrange();
}

/** @param {string} path @param {string} typed */
function filterBy(path, typed) {
  if (typed.trim() === "") state.where.delete(path);
  else state.where.set(path, typed);
  remember();
  arrange();
}

/** @param {boolean} isFollowing */
function followed(isFollowing) {
  state.follow = isFollowing;
  heldEnd = feed.rows?.end ?? 0;
  if (isFollowing) state.at = null;
  remember();
  schedule();
}

/** @param {number} position -1 closes */
function openRecord(position) {
  details.open(position, allColumns);
  // At once: it may be let go before the next picture.
  if (feed.rows !== null) details.render(feed.rows, recordNoun());
  state.row = position < 0 || feed.rows === null ? null : feed.rows.numberOf(position);
  grid.cursor = position;
  if (position < 0) gridElement.focus();
  remember();
  schedule();
}

function recordNoun() {
  if (feed.rows instanceof RecordRing) return "Record";
  return feed.stream?.fields == null ? "Row" : "Element";
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let sayTimer;
/** @param {string} text for a while */
function say(text) {
  setText(working, text);
  working.hidden = false;
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => {
    working.hidden = true;
  }, 6000);
}

// The picture

function schedule() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(draw);
}

/** @param {number} now */
function draw(now) {
  isDue = false;
  const { rows } = feed;
  if (!arrangement.isBusy && feed.showPending() && !arrangement.isPlain) arrange();
  arrangement.update(now);
  if (wantsTop && !arrangement.isBusy) {
    wantsTop = false;
    if (arrangement.isSorted) grid.reveal(0, "top");
  }
  if (rows !== null) {
    findWanted();
    grid.marksChanges = state.changes;
    grid.render();
    details.render(rows, recordNoun());
    gridElement.dataset.newest = String(rows.newest);
    gridElement.dataset.rows = String(arrangement.length);
    gridElement.dataset.busy = String(arrangement.isBusy);
  }
  feed.settle();
  showWords();
  rememberPlace();
}

/** The first row in sight belongs to the address, but where the page begins by itself. */
function rememberPlace() {
  const { rows } = feed;
  if (rows === null || grid.firstInSight < 0 || arrangement.isBusy || wanted.at !== null) return;
  const isLog = rows instanceof RecordRing;
  const isOwn = arrangement.isSorted || !isLog ? grid.isAtTop : grid.isFollowing;
  const at = isOwn ? null : rows.numberOf(Math.max(rows.first, grid.firstInSight));
  if (at === state.at) return;
  state.at = at;
  remember();
}

/** Brings what the address names into sight, once it has come. */
function findWanted() {
  const { rows } = feed;
  if (rows === null || arrangement.isBusy || arrangement.length === 0) return;
  const positionOf = (/** @type {number} */ number) => {
    for (let p = rows.end - 1; p >= rows.first; p -= 1) if (rows.numberOf(p) === number) return p;
    return -1;
  };
  const newest = rows instanceof RecordRing ? rows.newest : Infinity;
  if (wanted.row !== null && newest >= wanted.row) {
    const position = positionOf(wanted.row);
    wanted.row = null;
    if (position >= 0) openRecord(position);
  }
  if (wanted.at !== null && newest >= wanted.at) {
    const index = arrangement.indexOf(positionOf(wanted.at));
    wanted.at = null;
    if (index >= 0 && (!grid.isFollowing || arrangement.isSorted)) grid.reveal(index, "top");
  }
}

function showWords() {
  const { rows } = feed;
  const isFollowing = grid.isFollowing && !arrangement.isSorted;
  followButton.disabled = arrangement.isSorted;
  followButton.setAttribute("aria-pressed", String(isFollowing));
  if (Number.isNaN(heldEnd) && feed.hasData) heldEnd = rows?.end ?? 0;
  const fresh = rows === null || Number.isNaN(heldEnd) ? 0 : rows.end - heldEnd;
  news.hidden = !(rows instanceof RecordRing) || isFollowing || arrangement.isSorted || fresh <= 0;
  setText(news, `${formatCount(fresh)} new ↓`);
  const said = badgeText(feed, server);
  badge.hidden = said === "";
  setText(badge, said);
  if (arrangement.progress !== null) {
    const verb = arrangement.isSorted || state.sort.length > 0 ? "Sorting" : "Filtering";
    say(`${verb}, ${Math.floor(100 * arrangement.progress)} %`);
  } else if (/^(Sort|Filter)ing/.test(working.textContent ?? "")) {
    working.hidden = true;
    setText(working, "");
  }
  setText(standing, countText(rows, arrangement, grid.selected.size, isFollowing, arrangement.isSorted));
  const isUnmatched = !arrangement.isBusy && arrangement.length === 0 && !arrangement.isPlain;
  showBlank(find("#blank", HTMLElement), feed, server, isUnmatched);
}

// The choice of a stream

/** @param {string} name */
function choose(name) {
  document.title = name === "" ? "Table" : `${name} – Table`;
  download.href = downloadAddress(name);
  download.download = `${name}.npy`;
  feed.choose(name, state.hold, state.index);
}

/** @param {import("../client/server.js").Stream} stream logs, then records, then what else there is */
function rank({ kind, fields, state: life }) {
  return (kind === "log" ? 0 : fields !== null ? 2 : 4) + (life === "live" ? 0 : 1);
}

function showChoices() {
  const all = [...server.streams.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  if (feed.name === "" && server.listed && all.length > 0) {
    writeAddress({ stream: all[0].name });
    choose(all[0].name);
  }
  const names = all.map(({ name }) => name);
  const shown = feed.name === "" || names.includes(feed.name) ? names : [feed.name, ...names];
  if (shown.join("\n") !== [...picker.options].map(({ value }) => value).join("\n")) {
    picker.replaceChildren(...shown.map((value) => element("option", { value }, value)));
  }
  if (picker.value !== feed.name) picker.value = feed.name;
  picker.disabled = shown.length === 0;
  schedule();
}

picker.addEventListener("change", () => {
  // What was chosen for one stream means nothing for another.
  Object.assign(state, { sort: [], where: new Map(), columns: null, index: [], at: null, row: null });
  state.follow = true;
  writeAddress({ stream: picker.value });
  remember();
  flushAddress();
  choose(picker.value);
});
filter.value = state.filter;
filter.addEventListener("input", () => {
  state.filter = filter.value;
  remember();
  arrange();
});
followButton.addEventListener("click", () => grid.follow(!grid.isFollowing));
news.addEventListener("click", () => {
  grid.follow(true);
  gridElement.focus();
});
digitsChoice.append(
  element("option", { value: "full" }, "all"),
  ...digitChoices.map((digits) => element("option", { value: String(digits) }, String(digits))),
);
digitsChoice.value = state.digits === null ? "full" : String(state.digits);
digitsChoice.addEventListener("change", () => {
  state.digits = digitsChoice.value === "full" ? null : Number(digitsChoice.value);
  remember();
  makeColumns();
});
holdChoice.append(...holds.map((count) => element("option", { value: String(count) }, formatCount(count))));
holdChoice.value = String(state.hold);
holdChoice.addEventListener("change", () => {
  state.hold = Number(holdChoice.value);
  remember();
  choose(feed.name);
});
changes.checked = state.changes;
changes.addEventListener("change", () => {
  state.changes = changes.checked;
  remember();
  schedule();
});
gridElement.addEventListener("copy", (event) => {
  const text = exportMenu.selectedText();
  if (text === "" || !getSelection()?.isCollapsed) return;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && details.position >= 0) openRecord(-1);
});

server.on("streams", showChoices);
server.on("state", schedule);
server.watchStatus(500);
// New rows of a sorted table come into their places also when nothing more comes.
setInterval(schedule, 250);
choose(readAddress("stream") ?? "");
