// @ts-check
/**
 * Fit, 1:1, larger, smaller: the buttons of the view, and its place in the address.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { find, setText } from "../shell/element.js";
import { turnFromAddress, turnToAddress, wholeTurn } from "../image/turn.js";

export class ViewControls {
  /** @param {import("../image/view.js").View} view */
  constructor(view) {
    /** @private */
    this.view = view;
    view.text = readAddress("view");
    view.turn = turnFromAddress(readAddress("turn"), readAddress("flip"));
    view.onChange(() => this.show());
    find("#fit", HTMLButtonElement).addEventListener("click", () => this.fit());
    find("#one", HTMLButtonElement).addEventListener("click", () => this.zoomTo(1));
    find("#larger", HTMLButtonElement).addEventListener("click", () => this.zoomBy(2));
    find("#smaller", HTMLButtonElement).addEventListener("click", () => this.zoomBy(0.5));
    find("#turn-right", HTMLButtonElement).addEventListener("click", () => this.turnBy(90));
    find("#mirror-x", HTMLButtonElement).addEventListener("click", () => this.mirror("mirrorX"));
    find("#mirror-y", HTMLButtonElement).addEventListener("click", () => this.mirror("mirrorY"));
    const degrees = find("#degrees", HTMLInputElement);
    degrees.addEventListener("change", () => {
      const value = Number(degrees.value);
      if (Number.isFinite(value)) view.turnTo({ ...view.turn, degrees: wholeTurn(value) });
      this.show();
    });
    this.show();
  }

  fit() {
    this.view.fit();
  }

  /** @param {number} zoom pixels of the screen for one of the image */
  zoomTo(zoom) {
    this.view.zoomTo(zoom);
  }

  /** @param {number} factor */
  zoomBy(factor) {
    this.zoomTo(this.view.placement.zoom * factor);
  }

  /** @param {number} degrees clockwise */
  turnBy(degrees) {
    const { turn } = this.view;
    this.view.turnTo({ ...turn, degrees: wholeTurn(turn.degrees + degrees) });
  }

  /**
   * Mirrors what is seen: of an image that lies on its side, the other axis.
   *
   * @param {"mirrorX" | "mirrorY"} side left and right, or top and bottom, of the screen
   */
  mirror(side) {
    const { turn } = this.view;
    const other = side === "mirrorX" ? "mirrorY" : "mirrorX";
    const isAcross = Math.round(turn.degrees / 90) % 2 === 1;
    const axis = isAcross ? other : side;
    // Mirroring after a turn by an angle is mirroring before a turn by its opposite.
    const offset = wholeTurn(turn.degrees - 90 * Math.round(turn.degrees / 90));
    const degrees = wholeTurn(turn.degrees - 2 * offset);
    this.view.turnTo({ ...turn, degrees, [axis]: !turn[axis] });
  }

  /** @private */
  show() {
    const { view } = this;
    const { zoom } = view.placement;
    const isFit = view.chosen === null;
    writeAddress({ view: view.text, ...turnToAddress(view.turn) });
    const digits = zoom < 0.001 ? 3 : zoom < 0.01 ? 2 : zoom < 0.1 ? 1 : 0;
    setText(find("#zoom", HTMLOutputElement), `${(zoom * 100).toFixed(digits)} %`);
    const press = (/** @type {string} */ selector, /** @type {boolean} */ pressed) =>
      find(selector, HTMLButtonElement).setAttribute("aria-pressed", String(pressed));
    press("#fit", isFit);
    press("#one", !isFit && zoom === 1);
    press("#mirror-x", view.turn.mirrorX);
    press("#mirror-y", view.turn.mirrorY);
    const degrees = find("#degrees", HTMLInputElement);
    if (document.activeElement !== degrees) degrees.value = String(view.turn.degrees);
  }
}
