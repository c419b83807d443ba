// @ts-check
/**
 * Play: goes along an axis by itself, at a rate, from end to end or to and fro. It waits for what
 * is to be shown, so that no plane is passed over unseen.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { element, find } from "../shell/element.js";

/**
 * @typedef {object} PlayerHandlers
 * @property {(axis: number, index: number) => void} step shows an index of a slider
 * @property {(axis: number) => number} place index of a slider
 * @property {() => boolean} isHere whether the plane that is wanted is shown
 */

const slowest = 0.1;
const fastest = 60;

export class Player {
  /** @param {PlayerHandlers} handlers */
  constructor(handlers) {
    /** @private */
    this.handlers = handlers;
    /** @private */
    this.row = find("#play-row", HTMLElement);
    /** @private */
    this.button = find("#play", HTMLButtonElement);
    /** @private */
    this.axisSelect = find("#play-axis", HTMLSelectElement);
    /** @private */
    this.rate = find("#play-rate", HTMLInputElement);
    /** @private */
    this.way = find("#play-way", HTMLSelectElement);
    /** @private @type {readonly number[]} */
    this.extents = [];
    /** @private 1 or -1 */
    this.direction = 1;
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.button.addEventListener("click", () => this.toggle());
    for (const input of [this.axisSelect, this.rate, this.way]) {
      input.addEventListener("change", () => this.remember());
    }
  }

  get playing() {
    return this.timer !== undefined;
  }

  /**
   * @param {readonly string[]} names of the sliders' axes
   * @param {readonly number[]} extents
   */
  begin(names, extents) {
    this.stop();
    this.extents = extents;
    this.row.hidden = extents.length === 0;
    this.axisSelect.replaceChildren(
      ...names.map((name, i) => element("option", { value: String(i) }, name)),
    );
    this.axisSelect.hidden = names.length < 2;
    this.axisSelect.value = String(names.length - 1);
    const said = readAddress("play");
    if (said === null || extents.length === 0) return;
    const [axis, rate, way] = said.split(",");
    if (extents[Number(axis)] !== undefined) this.axisSelect.value = String(Number(axis));
    if (Number(rate) >= slowest && Number(rate) <= fastest) this.rate.value = rate;
    this.way.value = way === "bounce" ? "bounce" : "loop";
    this.start();
  }

  toggle() {
    if (this.extents.length === 0) return;
    if (this.playing) {
      this.stop();
      this.remember();
    } else {
      this.start();
    }
  }

  /** @private */
  start() {
    this.show(true);
    this.schedule();
    this.remember();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.show(false);
  }

  /** @private @param {boolean} playing */
  show(playing) {
    this.button.setAttribute("aria-pressed", String(playing));
    this.button.textContent = playing ? "Stop" : "Play";
  }

  /** @private */
  remember() {
    const { axisSelect, rate, way } = this;
    writeAddress({ play: this.playing ? [axisSelect.value, rate.value, way.value].join(",") : null });
  }

  /** @private */
  schedule() {
    const wanted = Number(this.rate.value);
    const rate = Math.min(fastest, Math.max(slowest, Number.isFinite(wanted) ? wanted : 10));
    this.timer = setTimeout(() => this.advance(), 1000 / rate);
  }

  /** @private */
  advance() {
    this.schedule();
    if (!this.handlers.isHere()) return;
    const axis = Number(this.axisSelect.value);
    const extent = this.extents[axis];
    const place = this.handlers.place(axis);
    if (this.way.value === "loop") {
      this.handlers.step(axis, (place + 1) % extent);
      return;
    }
    const isPast = place + this.direction < 0 || place + this.direction >= extent;
    if (isPast) this.direction = -this.direction;
    this.handlers.step(axis, place + this.direction);
  }
}
