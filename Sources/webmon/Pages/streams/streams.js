// @ts-check
/**
 * The page `streams`: every segment of the server's directory, live.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { describeDtype } from "../shell/describe.js";
import { element, find, setText } from "../shell/element.js";
import { formatBytes } from "../shell/format.js";
import { openShell } from "../shell/shell.js";
import { showEmptyState } from "../shell/states.js";
import { columns } from "./columns.js";
import { showCommands } from "./commands.js";
import { bytesOf, isLeftover, isRemovable, Removal, RemovalButtons } from "./removal.js";
import { Row } from "./row.js";
import { Space } from "./space.js";

/** @typedef {import("../client/server.js").Stream} Stream */

const filter = find("#filter", HTMLInputElement);
const summary = find("#summary", HTMLElement);
const table = find("#table", HTMLTableElement);
const body = find("tbody", HTMLTableSectionElement, table);
const stateSection = find("#state", HTMLElement);

const { server } = openShell({
  about: "Every array that programs on this machine share, as the server sees it.",
  keys: [
    {
      key: "/",
      does: "filter",
      act: () => filter.select(),
    },
    { key: "Enter", does: "on a name: its page; on a heading: sort by it" },
  ],
});

/** @type {Map<string, Row>} */
const rows = new Map();
const space = new Space(find("#space", HTMLElement), find("#full", HTMLElement));
const removal = new Removal(server, () => {
  for (const row of rows.values()) row.allowSelection(false);
  showRemoval();
});
const removalButtons = new RemovalButtons(removal, removable);
/** @type {{total: number, free: number} | null | undefined} */
let room;
const opened = new Set((readAddress("open") ?? "").split(",").filter(Boolean));
filter.value = readAddress("filter") ?? "";
let sort = readSort();

/** @returns {{key: string, descending: boolean}} */
function readSort() {
  const text = readAddress("sort") ?? "name";
  const key = text.replace(/^-/, "");
  const known = columns.some((column) => column.key === key);
  return known ? { key, descending: text.startsWith("-") } : { key: "name", descending: false };
}

const headings = columns.map((column) => {
  const button = element("button", { type: "button", title: column.meaning }, column.label);
  button.addEventListener("click", () => {
    const descending = sort.key === column.key ? !sort.descending : column.number;
    sort = { key: column.key, descending };
    const text = (descending ? "-" : "") + column.key;
    writeAddress({ sort: text === "name" ? null : text });
    arrange();
  });
  const attributes = { scope: "col", class: column.number ? `${column.key} number` : column.key };
  return element("th", attributes, button);
});
find("thead tr", HTMLTableRowElement, table).append(...headings);

filter.addEventListener("input", () => {
  writeAddress({ filter: filter.value === "" ? null : filter.value });
  arrange();
});

/** @param {Stream} stream */
function matches(stream) {
  const { name, kind, state } = stream;
  const text = [name, kind, state, describeDtype(stream), stream.dtype].join(" ").toLowerCase();
  return filter.value.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** Which rows there are, and in what order: not done for mere numbers, or rows would dance. */
function arrange() {
  const column = columns.find(({ key }) => key === sort.key) ?? columns[0];
  const sign = sort.descending ? -1 : 1;
  const order = [...rows.values()].sort((a, b) => {
    const [left, right] = [column.order(a.stream), column.order(b.stream)];
    const byName = a.stream.name < b.stream.name ? -1 : 1;
    return left === right ? byName : sign * (left < right ? -1 : 1);
  });
  const shown = order.filter(({ stream }) => matches(stream));
  const wanted = shown.flatMap(({ main, detail }) => [main, detail]);
  if (wanted.length !== body.children.length || wanted.some((r, i) => r !== body.children[i])) {
    body.replaceChildren(...wanted);
  }
  headings.forEach((heading, i) => {
    const isSorted = columns[i].key === column.key;
    const direction = sort.descending ? "descending" : "ascending";
    heading.setAttribute("aria-sort", isSorted ? direction : "none");
  });
  table.hidden = shown.length === 0;
  showEmptyState(stateSection, server, {
    shown: shown.length,
    unmatched: rows.size - shown.length,
  });
}

/** @type {string | null} what the rows were arranged for */
let arranged = null;

/** @param {ReadonlyMap<string, Stream>} streams */
function show(streams) {
  for (const [name, row] of rows) {
    if (streams.has(name)) continue;
    row.main.remove();
    row.detail.remove();
    rows.delete(name);
  }
  for (const [name, stream] of streams) {
    const row = rows.get(name);
    if (row !== undefined) row.update(stream);
    else rows.set(name, makeRow(stream));
  }
  const all = [...streams.values()];
  const now = all.map(({ name, generation, state }) => `${name} ${generation} ${state}`).join();
  if (now !== arranged) arrange();
  arranged = now;

  const live = all.filter(({ state }) => state === "live").length;
  const bytes = all.reduce((sum, stream) => sum + bytesOf(stream), 0);
  const count = `${all.length} ${all.length === 1 ? "segment" : "segments"}`;
  const directory = server.info?.directory ?? "";
  setText(
    summary,
    all.length === 0 ? "" : `${count}, ${live} live, ${formatBytes(bytes)} in ${directory}`,
  );
  showRemoval();
}

/** What can be removed now. */
function removable() {
  const all = [...rows.values()];
  return {
    selected: all.filter((row) => row.isSelected).map(({ stream }) => stream),
    leftovers: all.map(({ stream }) => stream).filter(isLeftover),
  };
}

function showRemoval() {
  const isAllowed = server.state.phase === "connected" && server.info?.readOnly !== true;
  let isAny = false;
  for (const row of rows.values()) {
    const isItsTurn = isAllowed && isRemovable(row.stream);
    isAny ||= isItsTurn;
    row.allowSelection(isItsTurn);
  }
  table.dataset.selects = String(isAny);
  const { selected, leftovers } = removable();
  removalButtons.show(selected, leftovers, isAllowed);
  const leftover = leftovers.reduce((sum, stream) => sum + bytesOf(stream), 0);
  space.show(room, server.info?.directory ?? "", leftover);
}

/** @param {Stream} stream */
function makeRow(stream) {
  const { name } = stream;
  const row = new Row(stream, server, {
    onToggle: (isOpen) => {
      if (isOpen) opened.add(name);
      else opened.delete(name);
      writeAddress({ open: opened.size === 0 ? null : [...opened].join(",") });
    },
    onSelect: showRemoval,
  });
  row.open(opened.has(name));
  return row;
}

server.on("streams", show);
showCommands(find("#commands", HTMLElement), server);
server.on("state", () => {
  arrange();
  showRemoval();
});
server.on("status", (status) => {
  room = status.space;
  for (const row of rows.values()) row.tick();
});
server.watchStatus(1000);
table.hidden = true;
arrange();
