// @ts-check
/**
 * How a segment is opened: lines for a program, links to pages.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import {
  downloadAddress,
  loaderAddress,
  tableAddress,
  viewerAddress,
} from "../shell/describe.js";
import { copyOnClick, element, setText } from "../shell/element.js";
import { languages } from "./open_lines.js";

/** @typedef {import("../client/server.js").Stream} Stream */

/** The language chosen last holds for all segments. */
let chosen = languages.find(({ key }) => key === readAddress("code")) ?? languages[0];
/** @type {Set<() => void>} */
const shown = new Set();

/**
 * @param {Stream} stream
 * @param {() => string} directory of the segments
 */
export function makeOpening(stream, directory) {
  const code = element("code", { tabindex: "0", "aria-label": `Lines that open ${stream.name}` });
  const copy = element("button", { type: "button" }, "Copy");
  copyOnClick(copy, () => chosen.text(stream, directory()));
  const buttons = languages.map((language) => {
    const button = element("button", { type: "button", title: language.meaning }, language.label);
    button.addEventListener("click", () => {
      chosen = language;
      writeAddress({ code: language === languages[0] ? null : language.key });
      for (const show of [...shown]) show();
    });
    return button;
  });
  const lines = element(
    "div",
    { class: "lines" },
    element(
      "div",
      { class: "languages", role: "group", "aria-label": "Language" },
      ...buttons,
      element("span", { class: "gap" }),
      copy,
    ),
    element("pre", {}, code),
  );
  const show = () => {
    // A row that was made anew leaves its old lines behind.
    if (isPlaced && !lines.isConnected) shown.delete(show);
    isPlaced ||= lines.isConnected;
    setText(code, chosen.text(stream, directory()));
    buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(languages[i] === chosen));
    });
  };
  let isPlaced = false;
  shown.add(show);
  show();
  return element("div", { class: "opening" }, lines, makeLinks(stream));
}

/** @param {Stream} stream */
function makeLinks({ name, kind, fields }) {
  const links = [
    // Records are no picture; the Viewer shows them as a small table.
    ...(kind === "log" || fields !== null ? [] : [["Open in the Viewer", viewerAddress(name)]]),
    ["Open in the Table", tableAddress(name)],
    ...(kind === "log" ? [["Plot in Loader Stats", loaderAddress(name)]] : []),
  ];
  return element(
    "p",
    { class: "links" },
    ...links.map(([label, href]) => element("a", { href }, label)),
    element("a", { href: downloadAddress(name), download: `${name}.npy` }, "Download .npy"),
  );
}

/** The page that suits a segment best. @param {Stream} stream */
export function bestAddress({ name, kind, fields }) {
  return kind === "log" || fields !== null ? tableAddress(name) : viewerAddress(name);
}
