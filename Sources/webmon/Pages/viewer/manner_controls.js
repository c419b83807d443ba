// @ts-check
/**
 * How pixels become those of the screen, and which part of complex numbers is shown.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { find } from "../shell/element.js";

/** @typedef {import("../image/renderer.js").Manner} Manner */

const parts = /** @type {const} */ (["magnitude", "phase", "real", "imaginary"]);

export class MannerControls {
  /** @param {(manner: Manner, isOtherPart: boolean) => void} onChange */
  constructor(onChange) {
    /** @type {Manner} */
    this.manner = {
      magnify: readAddress("interp") === "linear" ? "linear" : "nearest",
      shrink: readAddress("shrink") === "mean" ? "mean" : "nearest",
      part: parts.find((part) => part === readAddress("part")) ?? "magnitude",
    };
    /** @private */
    this.partRow = find("#part-row", HTMLElement);
    const magnify = find("#magnify", HTMLSelectElement);
    const shrink = find("#shrink", HTMLSelectElement);
    const part = find("#part", HTMLSelectElement);
    magnify.value = this.manner.magnify;
    shrink.value = this.manner.shrink;
    part.value = this.manner.part;
    magnify.addEventListener("change", () => {
      this.manner.magnify = magnify.value === "linear" ? "linear" : "nearest";
      writeAddress({ interp: this.manner.magnify === "linear" ? "linear" : null });
      onChange(this.manner, false);
    });
    shrink.addEventListener("change", () => {
      this.manner.shrink = shrink.value === "mean" ? "mean" : "nearest";
      writeAddress({ shrink: this.manner.shrink === "mean" ? "mean" : null });
      onChange(this.manner, false);
    });
    part.addEventListener("change", () => {
      this.manner.part = parts.find((known) => known === part.value) ?? "magnitude";
      writeAddress({ part: this.manner.part === "magnitude" ? null : this.manner.part });
      onChange(this.manner, true);
    });
  }

  /** @param {import("../image/layout.js").ImageLayout | null} layout of what is shown */
  begin(layout) {
    this.partRow.hidden = layout?.dtype.lanes !== 2;
  }
}
