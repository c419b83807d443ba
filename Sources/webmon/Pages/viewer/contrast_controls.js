// @ts-check
/**
 * The elements by which contrast is chosen, but for its histogram and the colour map.
 */

import { element } from "../shell/element.js";
import { countScales } from "./histogram_chart.js";

/** @param {string} suffix of ids */
export function makeContrastControls(suffix) {
  const mode = element(
    "select",
    { id: `mode${suffix}`, "aria-label": "Contrast limits are chosen by" },
    element("option", { value: "fixed" }, "fixed limits"),
    element("option", { value: "minmax" }, "follow min to max"),
    element("option", { value: "percentile" }, "follow 0.1 to 99.9 %"),
  );
  const counts = element(
    "select",
    { class: "small", "aria-label": "Scale of the counts" },
    ...countScales.map((name) => element("option", { value: name }, name)),
  );
  const hover = element("output", { class: "hover", "aria-label": "Count under the pointer" });
  const numbers = ["Lower", "Upper"].map((end, i) =>
    element("input", {
      id: `${["low", "high"][i]}-number${suffix}`,
      type: "number",
      step: "any",
      "aria-label": `${end} contrast limit, number`,
    }),
  );
  const gamma = element("input", {
    id: `gamma${suffix}`,
    type: "range",
    min: "-1",
    max: "1",
    step: "0.05",
    value: "0",
    "aria-label": "Gamma",
  });
  const gammaNumber = element("output", { id: `gamma-number${suffix}` }, "1.00");
  const once = element(
    "button",
    { type: "button", title: "Limits at 0.1 and 99.9 % of what is shown now" },
    "Auto once",
  );
  const reset = element(
    "button",
    { type: "button", title: "Limits, gamma and colour map as the metadata say" },
    "Reset",
  );
  return {
    mode,
    counts,
    hover,
    numbers,
    gamma,
    gammaNumber,
    once,
    reset,
    heading: element(
      "div",
      { class: "heading" },
      element("h2", { id: `contrast-title${suffix}` }, "Contrast"),
      mode,
    ),
    above: element("div", { class: "above" }, hover, element("label", {}, "counts ", counts)),
    limits: element(
      "div",
      { class: "limits" },
      numbers[0],
      element(
        "label",
        { class: "gamma", title: "Exponent of the gray level; double-click sets it to 1" },
        element("span", {}, "γ ", gammaNumber),
        gamma,
      ),
      numbers[1],
    ),
    buttons: element("div", { class: "buttons" }, once, reset),
  };
}
