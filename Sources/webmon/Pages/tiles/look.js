// @ts-check
/**
 * How the tiles are to be shown: what the panel sets and the address keeps.
 */

import { readAddress, writeAddress } from "../shell/address.js";

/** @typedef {"state" | "level" | "load" | "age"} ColorBy */

const colorings = /** @type {const} */ (["state", "level", "load", "age"]);

export class Look {
  constructor() {
    /** @type {ColorBy} */
    this.color = colorings.find((name) => name === readAddress("color")) ?? "state";
    const level = readAddress("level") ?? "auto";
    /** @type {"auto" | "all" | number} "auto": the producer's */
    this.level = level === "all" ? "all" : /^\d{1,3}$/.test(level) ? Number(level) : "auto";
    /** @type {Set<number>} layers that are not shown */
    this.hidden = new Set((readAddress("hide") ?? "").split(",").filter(Boolean).map(Number));
    this.pixels = readAddress("pixels") === "1";
    this.grid = readAddress("grid") !== "0";
  }

  /** What was chosen for one image means nothing for another. */
  forget() {
    this.level = "auto";
    this.hidden.clear();
    this.write();
  }

  write() {
    const hidden = [...this.hidden].sort((a, b) => a - b);
    writeAddress({
      color: this.color === "state" ? null : this.color,
      level: this.level === "auto" ? null : String(this.level),
      hide: hidden.length === 0 ? null : hidden.join(","),
      pixels: this.pixels ? "1" : null,
      grid: this.grid ? null : "0",
    });
  }
}
