// @ts-check
/**
 * The pixel under the pointer: its place and its value, as text.
 */

import { setText } from "../shell/element.js";
import { indexText, labelName, physicalPlace } from "../image/pixel.js";
import { placeOn } from "../image/pointer.js";

export class Cursor {
  /**
   * @param {import("./picture.js").Picture} picture
   * @param {HTMLElement} line
   */
  constructor(picture, line) {
    /** @private */
    this.picture = picture;
    /** @private */
    this.line = line;
    /** @private @type {{x: number, y: number} | null} pixels of the canvas */
    this.pointer = null;
    const { canvas, view } = picture;
    canvas.addEventListener("pointermove", (event) => {
      this.pointer = placeOn(canvas, event);
      this.show();
    });
    canvas.addEventListener("pointerleave", () => {
      this.pointer = null;
      this.show();
    });
    view.onChange(() => this.show());
    picture.onDrawn(() => this.show());
  }

  /** @private */
  show() {
    const { layout, stream, indices, view } = this.picture;
    const pixel = this.pointer === null ? null : view.pixelAt(this.pointer.x, this.pointer.y);
    if (pixel === null || layout === null || stream === null) {
      setText(this.line, "");
      return;
    }
    const { row, column } = pixel;
    const value = this.picture.valueText(row, column);
    const place = physicalPlace(stream.metadata, layout, indices, row, column);
    const name = labelName(stream.metadata, value);
    const index = indexText(layout, indices, row, column);
    const parts = [`[${index}]`, place === "" ? "" : `(${place})`, value, name];
    setText(this.line, parts.filter((part) => part !== "").join("  "));
  }
}
