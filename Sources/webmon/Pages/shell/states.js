// @ts-check
/**
 * What a page says when there is nothing to show: which of the reasons, and what to do.
 */

import { copyOnClick, element } from "./element.js";

const example = `import numpy as np, webmon
cam = webmon.Stream("camera", shape=(512, 512), dtype="u2")
cam.put(np.random.randint(0, 4096, (512, 512)).astype("u2"))`;

/**
 * A heading, a line, and what may follow them.
 *
 * @param {HTMLElement} section
 * @param {string} key the state's name: the same state is not built again
 * @param {() => (Node | string)[]} make
 */
export function showState(section, key, make) {
  if (section.dataset.state === key) return;
  section.dataset.state = key;
  section.hidden = key === "";
  section.replaceChildren(...(key === "" ? [] : make()));
}

/**
 * @param {HTMLElement} section
 * @param {import("../webmon.js").Server} server
 * @param {{shown: number, unmatched: number}} rows how many are shown, how many filtered away
 */
export function showEmptyState(section, server, rows) {
  const { state } = server;
  if (rows.shown > 0) return showState(section, "", () => []);
  if (rows.unmatched > 0) {
    const line = `The filter hides ${rows.unmatched === 1 ? "the only one" : "all of them"}.`;
    return showState(section, `unmatched ${rows.unmatched}`, () => [
      element("h2", {}, "No segment matches"),
      element("p", {}, line),
    ]);
  }
  if (server.listed) return showState(section, "empty", () => makeEmpty(server));
  if (section.dataset.state === "empty") return; // Until the new list comes, the old one holds.
  const first = state.phase === "connecting" && state.attempts === 0;
  if (first || state.phase === "connected") {
    return showState(section, "loading", () => [element("p", { class: "muted" }, "Connecting …")]);
  }
  showState(section, "no server", () => [
    element("h2", {}, "No server answers"),
    element("p", {}, `Nothing speaks webmon at ${location.host}. Start the server:`),
    element("pre", {}, element("code", {}, `webmon serve --port ${location.port || "80"}`)),
    element("p", { class: "muted" }, "The page connects by itself as soon as it is there."),
  ]);
}

/** @param {import("../webmon.js").Server} server */
export function makeEmpty(server) {
  const copy = element("button", { type: "button" }, "Copy");
  copyOnClick(copy, () => `${example}\n`);
  const where = server.info === null ? "" : ` Watching ${server.info.directory}.`;
  return [
    element("h2", {}, "Nothing is shared yet"),
    element("p", {}, "An array appears here as soon as a program shares it. In Python:"),
    element("div", { class: "sample" }, element("pre", {}, element("code", {}, example)), copy),
    element("p", { class: "muted" }, `Or run the demo: make demo.${where}`),
  ];
}
