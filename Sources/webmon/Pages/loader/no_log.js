// @ts-check
/**
 * What the page says while no log is shared.
 */

import { copyOnClick, element } from "../shell/element.js";
import { showEmptyState, showState } from "../shell/states.js";

const example = `import time, webmon
log = webmon.Log("loads", [("load_ms", "f4"), ("nbytes", "u8")],
                 metadata={"role": "chunk-loads"})
started = time.perf_counter()
chunk = load()
log.append(((time.perf_counter() - started) * 1e3, chunk.nbytes))`;

/**
 * @param {HTMLElement} section
 * @param {import("../webmon.js").Server} server
 * @param {boolean} isEmpty whether there is no log
 */
export function showNoLog(section, server, isEmpty) {
  if (!isEmpty) return showState(section, "", () => []);
  if (!server.listed) return showEmptyState(section, server, { shown: 0, unmatched: 0 });
  showState(section, "no log", () => {
    const copy = element("button", { type: "button" }, "Copy");
    copyOnClick(copy, () => `${example}\n`);
    return [
      element("h2", {}, "No log is shared yet"),
      element("p", {}, "Records are plotted as soon as a program logs them. In Python:"),
      element("div", { class: "sample" }, element("pre", {}, element("code", {}, example)), copy),
      element("p", { class: "muted" }, "Any log can be plotted; these fields feed the graphs by themselves. Or run the demo: make demo."),
    ];
  });
}
