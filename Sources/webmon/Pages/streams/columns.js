// @ts-check
/**
 * The columns of the table: what each shows and how it sorts.
 */

import { describeDtype, describeState } from "../shell/describe.js";
import { formatAge, formatBytes, formatCount, formatRate, formatShape } from "../shell/format.js";
import { bytesOf } from "./removal.js";

/** @typedef {import("../client/server.js").Stream} Stream */

/**
 * @typedef {object} StreamColumn
 * @property {string} key in the address
 * @property {string} label
 * @property {string} meaning for the hover text
 * @property {boolean} number numbers stand right and sort the largest first
 * @property {(stream: Stream) => string} text
 * @property {(stream: Stream) => string | number} order
 */

/** @param {readonly number[]} shape */
const elements = (shape) => shape.reduce((product, extent) => product * extent, 1);

/** @type {readonly StreamColumn[]} */
export const columns = [
  {
    key: "name",
    label: "Name",
    meaning: "of the segment",
    number: false,
    text: ({ name }) => name,
    order: ({ name }) => name.toLowerCase(),
  },
  {
    key: "kind",
    label: "Kind",
    meaning: "frames: a ring of frames; log: a ring of records; array: one array, edited in place",
    number: false,
    text: ({ kind }) => kind,
    order: ({ kind }) => kind,
  },
  {
    key: "dtype",
    label: "Dtype",
    meaning: "of one element",
    number: false,
    text: describeDtype,
    order: describeDtype,
  },
  {
    key: "shape",
    label: "Shape",
    meaning: "of one frame, of the array, or the number of records that a log's ring holds",
    number: true,
    text: ({ shape }) => formatShape(shape),
    order: ({ shape }) => elements(shape),
  },
  {
    key: "memory",
    label: "Memory",
    meaning: "what its file takes now; of a sparse array, what was written so far",
    number: true,
    text: (stream) => formatBytes(bytesOf(stream)),
    order: bytesOf,
  },
  {
    key: "rate",
    label: "Rate",
    meaning: "commits a second, over the last second; the line is the last minute",
    number: true,
    text: ({ rate = 0, state }) => (state === "live" ? `${formatRate(rate)} /s` : "–"),
    order: ({ rate = 0 }) => rate,
  },
  {
    key: "readers",
    label: "Readers",
    meaning: "subscribed now, in any process; all pages of this server count as one",
    number: true,
    text: ({ readers }) => formatCount(readers),
    order: ({ readers }) => readers,
  },
  {
    key: "age",
    label: "Age",
    meaning: "time since the newest commit",
    number: true,
    text: ({ age_ns, sequence }) => (sequence === 0 ? "no data" : formatAge(age_ns)),
    order: ({ age_ns }) => -age_ns,
  },
  {
    key: "state",
    label: "State",
    meaning: "live: has a writer; closed: ended by its writer; gone: its writer died",
    number: false,
    text: (stream) => describeState(stream).word,
    order: ({ state }) => ["live", "closed", "gone"].indexOf(state),
  },
];
