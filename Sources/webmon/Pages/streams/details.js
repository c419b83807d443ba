// @ts-check
/**
 * What a row unfolds to: how to open the segment, its fields, its facts, its metadata.
 */

import { describeField } from "../shell/describe.js";
import { element, setText } from "../shell/element.js";
import { formatBytes, formatCount, formatShape } from "../shell/format.js";
import { makeOpening } from "./opening.js";
import { Processes } from "./processes.js";

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../client/records.js").Field} Field */

export class Details {
  /** @param {Stream} stream @param {import("../webmon.js").Server} server */
  constructor(stream, server) {
    /** @private */
    this.commits = element("dd");
    /** @private */
    this.dropped = element("dd");
    /** @private @type {Record<string, HTMLElement>} */
    this.served = {};
    /** @private */
    this.resident = element("dd");
    /** @private */
    this.processes = new Processes(server, stream.name);
    const facts = makeFacts(stream);
    facts.append(
      element("dt", { title: "What its file takes now; of a sparse array, what was written" }, "memory"),
      this.resident,
      element("dt", {}, "commits"),
      this.commits,
      element("dt", {}, "dropped by the writer"),
      this.dropped,
    );
    this.element = element(
      "div",
      { class: "details" },
      element("h2", { class: "visually-hidden" }, stream.name),
      makeOpening(stream, () => server.info?.directory ?? ""),
      element(
        "div",
        { class: "panes" },
        element("section", {}, element("h3", {}, "Segment"), facts),
        ...makeFields(stream),
        makeMetadata(stream),
        this.makeServed(),
        this.processes.element,
      ),
    );
    this.update(stream);
  }

  /** What changes while a generation lives. @param {Stream} stream */
  update(stream) {
    void this.processes.update();
    setText(this.resident, stream.resident === undefined ? "–" : formatBytes(stream.resident));
    setText(this.commits, formatCount(stream.sequence));
    setText(this.dropped, formatCount(stream.dropped));
    for (const { key, text } of servedFacts) {
      setText(this.served[key], stream.served === undefined ? "–" : text(stream.served));
    }
  }

  /** @private */
  makeServed() {
    const facts = element("dl", { class: "facts" });
    for (const { key, label, title } of servedFacts) {
      this.served[key] = element("dd");
      facts.append(element("dt", { title }, label), this.served[key]);
    }
    return element("section", {}, element("h3", {}, "Served"), facts);
  }
}

/**
 * What the server counts of a generation, over all of its pages.
 *
 * @type {{key: string, label: string, title: string,
 *   text: (served: import("../client/server.js").Served) => string}[]}
 */
const servedFacts = [
  {
    key: "messages",
    label: "messages",
    title: "Data messages that went wholly, to all pages",
    text: ({ messages }) => formatCount(messages),
  },
  {
    key: "sent",
    label: "sent",
    title: "Bytes of them that the kernel took",
    text: ({ sent_bytes }) => formatBytes(sent_bytes),
  },
  {
    key: "copied",
    label: "copied",
    title: "Payload bytes that were copied on their way. Frames are sent from where they lie",
    text: ({ copied_bytes }) => formatBytes(copied_bytes),
  },
  {
    key: "sends",
    label: "sends",
    title: "Calls that sent something, and how many of them the kernel took only in part",
    text: ({ sends, partial_sends }) => `${formatCount(sends)}, ${formatCount(partial_sends)} in part`,
  },
  {
    key: "leases",
    label: "leases",
    title: "Slots that the server holds now, and frames that it held so far",
    text: ({ leases, leased }) => `${formatCount(leases)} now, ${formatCount(leased)} in all`,
  },
  {
    key: "lost",
    label: "passed over",
    title: "Commits that pages were told they will not get, since a newer one was there",
    text: ({ lost }) => formatCount(lost),
  },
  {
    key: "subscribers",
    label: "subscriptions",
    title: "Of this server's pages and bodies",
    text: ({ subscribers }) => formatCount(subscribers),
  },
];

/** @param {Stream} stream */
function makeFacts(stream) {
  /** @type {[string, string][]} */
  const facts = [
    ["dtype", stream.dtype ?? "structured"],
    ["slots", stream.kind === "frames" ? formatCount(stream.slots) : ""],
    ["tile", stream.tile === null ? "" : formatShape(stream.tile)],
    ["itemsize", stream.itemsize === 1 ? "1 byte" : `${formatCount(stream.itemsize)} bytes`],
    ["payload", formatBytes(stream.nbytes)],
    ["recarray", stream.recarray ? "yes" : ""],
    ["kept", stream.persist ? "its file stays after its writer's end" : ""],
    ["writer", stream.writer > 0 ? `process ${stream.writer}` : ""],
    ["created", new Date(stream.created / 1e6).toLocaleString()],
    ["generation", stream.generation],
  ];
  const list = element("dl", { class: "facts" });
  for (const [name, value] of facts) {
    if (value !== "") list.append(element("dt", {}, name), element("dd", {}, value));
  }
  return list;
}

/** @param {Stream} stream */
function makeFields(stream) {
  if (stream.fields === null) return [];
  const body = element("tbody");
  /** @param {Field[]} fields @param {number} depth @param {number} base */
  const collect = (fields, depth, base) => {
    for (const field of fields) {
      const { name, title, offset, shape } = field;
      const cell = element("th", { scope: "row" }, title ? `${name} (${title})` : name);
      cell.style.setProperty("--depth", String(depth));
      body.append(
        element(
          "tr",
          {},
          cell,
          element("td", {}, describeField(field) + (shape.length ? ` (${shape.join(", ")})` : "")),
          element("td", { class: "number" }, String(base + offset)),
        ),
      );
      if (field.fields !== null) collect(field.fields, depth + 1, base + offset);
    }
  };
  collect(stream.fields, 0, 0);
  const head = element("tr", {});
  for (const label of ["Field", "Dtype"]) head.append(element("th", { scope: "col" }, label));
  head.append(element("th", { scope: "col", class: "number" }, "Offset"));
  const table = element("table", { class: "fields" }, element("thead", {}, head), body);
  return [element("section", {}, element("h3", {}, "Fields"), table)];
}

/** @param {Stream} stream */
function makeMetadata(stream) {
  const keys = Object.keys(stream.metadata);
  const content = element("dl", { class: "facts" });
  for (const key of keys) {
    const value = JSON.stringify(stream.metadata[key]);
    content.append(element("dt", {}, key), element("dd", {}, element("code", {}, value)));
  }
  const none = element("p", { class: "muted" }, "none");
  return element("section", {}, element("h3", {}, "Metadata"), keys.length > 0 ? content : none);
}
