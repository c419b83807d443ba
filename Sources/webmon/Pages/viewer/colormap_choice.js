// @ts-check
/**
 * The choice of a colour map, which way round, and for diverging ones what value is their middle.
 */

import { element } from "../shell/element.js";
import { formatNumber } from "../shell/format.js";
import {
  colormapGradient,
  colormapKind,
  colormaps,
  isColormap,
  parseColormap,
} from "../image/colormaps.js";

const groups = /** @type {const} */ ([
  ["sequential", "Low to high"],
  ["diverging", "About a middle"],
  ["cyclic", "Phases"],
  ["channel", "Channels"],
  ["special", "Special"],
]);

export class ColormapChoice {
  /**
   * @param {(name: string) => void} onChoose
   * @param {(centre: number | null) => void} onCentre null: not centred
   * @param {string} suffix of ids
   */
  constructor(onChoose, onCentre, suffix) {
    this.select = element("select", { id: `colormap${suffix}`, class: "ramped", "aria-label": "Colour map" });
    for (const [kind, label] of groups) {
      const options = colormaps.filter((colormap) => colormap.kind === kind);
      this.select.append(
        element("optgroup", { label }, ...options.map(({ name, label: text }) => makeOption(name, text))),
      );
    }
    /** @private @type {HTMLOptGroupElement | null} */
    this.own = null;
    /** @private */
    this.inverted = element("input", { type: "checkbox", id: `inverted${suffix}` });
    /** @private */
    this.centred = element("input", { type: "checkbox", id: `centred${suffix}` });
    /** @private */
    this.centre = element("input", {
      type: "number",
      step: "any",
      value: "0",
      "aria-label": "Value in the middle of the colour map",
    });
    const choose = () => {
      const turned = `${this.select.value}_r`;
      onChoose(this.inverted.checked && isColormap(turned) ? turned : this.select.value);
    };
    this.select.addEventListener("change", choose);
    this.inverted.addEventListener("change", choose);
    const centre = () => {
      const value = Number(this.centre.value);
      const valid = this.centre.value !== "" && Number.isFinite(value);
      onCentre(this.centred.checked ? (valid ? value : 0) : null);
    };
    this.centred.addEventListener("change", centre);
    this.centre.addEventListener("change", centre);
    /** @private */
    this.centring = element(
      "div",
      { class: "row centring", hidden: "" },
      element("label", {}, this.centred, " Centred at"),
      this.centre,
    );
    this.rows = [
      element(
        "div",
        { class: "row" },
        element("label", { for: `colormap${suffix}` }, "Colour map"),
        this.select,
        element("label", { class: "inverted", title: "Turned round" }, this.inverted, " inv."),
      ),
      this.centring,
    ];
  }

  /**
   * One more choice: a map that only a producer has.
   *
   * @param {string} name as `colormaps.js` has it
   * @param {string} label as people call it; "" if that is not known
   */
  offer(name, label) {
    const { base } = parseColormap(name);
    this.own?.remove();
    this.own = null;
    if (!base.startsWith("#")) return;
    this.own = element("optgroup", { label: "The producer's" }, makeOption(base, label === "" ? "its own" : label));
    this.select.prepend(this.own);
  }

  /**
   * @param {string} name
   * @param {number | null} centre
   * @param {boolean} disabled
   */
  show(name, centre, disabled) {
    const { base, inverted } = parseColormap(name);
    const kind = colormapKind(name);
    this.select.value = base;
    this.select.disabled = disabled;
    this.inverted.checked = inverted;
    this.inverted.disabled = disabled || kind === "special";
    this.centring.hidden = disabled || kind !== "diverging";
    this.centred.checked = centre !== null;
    this.centre.disabled = centre === null;
    if (centre !== null && document.activeElement !== this.centre) {
      this.centre.value = formatNumber(centre);
    }
  }
}

/** An option with a ramp of its colours, where the browser shows more than text in a choice. */
function makeOption(/** @type {string} */ name, /** @type {string} */ label) {
  const option = element("option", { value: name, "aria-label": label }, label);
  if (name !== "labels") {
    const ramp = element("span", { class: "ramp", "aria-hidden": "true" });
    ramp.style.background = colormapGradient(name, 0, 100);
    option.append(ramp);
  }
  return option;
}
