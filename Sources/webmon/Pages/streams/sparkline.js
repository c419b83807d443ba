// @ts-check
/**
 * The rate of the last minute as a small line.
 */

const kept = 60;
const width = 44;
const height = 14;

export class Sparkline {
  constructor() {
    /** @private @type {number[]} newest last */
    this.values = [];
    const make = (/** @type {string} */ name) =>
      document.createElementNS("http://www.w3.org/2000/svg", name);
    this.element = make("svg");
    this.element.setAttribute("class", "sparkline");
    this.element.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.element.setAttribute("aria-hidden", "true");
    /** @private */
    this.line = make("polyline");
    this.element.append(this.line);
  }

  /** @param {number} value */
  add(value) {
    this.values.push(value);
    if (this.values.length > kept) this.values.shift();
    const most = Math.max(...this.values);
    // A stream that rests has no line.
    if (most === 0) {
      this.line.removeAttribute("points");
      return;
    }
    const points = this.values.map((v, i) => {
      const x = width - ((this.values.length - 1 - i) * width) / (kept - 1);
      const y = height - 1 - (v / most) * (height - 2);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    this.line.setAttribute("points", points.join(" "));
  }
}
