// @ts-check
/**
 * A slider for each axis before the image's own.
 */

import { element, setText } from "../shell/element.js";

export class Axes {
  /**
   * @param {HTMLElement} group shown when there are such axes
   * @param {HTMLElement} container
   * @param {(indices: readonly number[]) => void} onChange
   */
  constructor(group, container, onChange) {
    /** @type {number[]} */
    this.indices = [];
    /** @private */
    this.group = group;
    /** @private */
    this.container = container;
    /** @private */
    this.onChange = onChange;
    /** @private @type {((step: number) => void)[]} */
    this.steppers = [];
  }

  /**
   * @param {readonly number[]} extents
   * @param {unknown} names metadata's `axes`
   * @param {readonly number[]} wanted indices; where there is none, the middle
   */
  begin(extents, names, wanted) {
    const valid = (/** @type {number | undefined} */ index, /** @type {number} */ extent) =>
      index !== undefined && Number.isInteger(index) && index >= 0 && index < extent;
    this.indices = extents.map((extent, axis) =>
      valid(wanted[axis], extent) ? wanted[axis] : Math.floor(extent / 2),
    );
    this.group.hidden = extents.length === 0;
    this.steppers = [];
    this.container.replaceChildren(
      ...extents.map((extent, axis) => {
        const name = Array.isArray(names) ? String(names[axis] ?? `axis ${axis}`) : `axis ${axis}`;
        const slider = element("input", {
          type: "range",
          min: "0",
          max: String(extent - 1),
          step: "1",
          "aria-label": `Index on ${name}`,
        });
        const shown = element("output");
        const show = () => setText(shown, `${this.indices[axis]} / ${extent - 1}`);
        const choose = (/** @type {number} */ index) => {
          this.indices[axis] = Math.min(extent - 1, Math.max(0, index));
          slider.value = String(this.indices[axis]);
          show();
          this.onChange(this.indices);
        };
        slider.value = String(this.indices[axis]);
        slider.addEventListener("input", () => choose(Number(slider.value)));
        this.steppers.push((step) => choose(this.indices[axis] + step));
        show();
        return element("label", { class: "axis" }, element("span", {}, name), slider, shown);
      }),
    );
  }

  /** Moves on the last of the axes. @param {number} step */
  step(step) {
    this.steppers[this.steppers.length - 1]?.(step);
  }
}
