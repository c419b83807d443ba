// @ts-check
/**
 * Of an array with more than two axes: which plane is shown.
 */

import { element } from "../shell/element.js";

export class PlaneChoice {
  /** @param {HTMLElement} container @param {(index: number[]) => void} onChoose */
  constructor(container, onChoose) {
    /** @private */
    this.container = container;
    /** @private */
    this.onChoose = onChoose;
    /** @private */
    this.key = "";
  }

  /**
   * @param {import("../client/server.js").Stream | null} stream
   * @param {readonly number[]} index one for each axis before the last two
   */
  show(stream, index) {
    this.container.hidden = stream === null || index.length === 0;
    const key = stream === null ? "" : `${stream.name} ${stream.shape.join()}`;
    if (key === this.key || stream === null) return;
    this.key = key;
    const { axes } = stream.metadata;
    const inputs = index.map((value, axis) => {
      const named = Array.isArray(axes) && typeof axes[axis] === "string" ? axes[axis] : `axis ${axis}`;
      const input = element("input", {
        type: "number", min: "0", max: String(stream.shape[axis] - 1), value: String(value),
      });
      input.addEventListener("change", () => {
        const chosen = inputs.map(({ input: { value: text, max } }) =>
          Math.max(0, Math.min(Number(max), Math.trunc(Number(text)) || 0)),
        );
        this.onChoose(chosen);
      });
      return { input, label: element("label", { class: "choice" }, named, input) };
    });
    this.container.replaceChildren(...inputs.map(({ label }) => label));
  }
}
