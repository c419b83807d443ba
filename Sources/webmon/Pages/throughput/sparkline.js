// @ts-check
/**
 * A small line of the last minute, on a canvas.
 */

/** Two a second. */
const kept = 120;

export class Sparkline {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    /** @private */
    this.canvas = canvas;
    /** @private @type {number[]} newest last */
    this.values = [];
  }

  clear() {
    this.values = [];
    this.draw();
  }

  /** @param {number} value NaN leaves a gap */
  add(value) {
    this.values.push(value);
    if (this.values.length > kept) this.values.shift();
    this.draw();
  }

  draw() {
    const { canvas, values } = this;
    const ratio = devicePixelRatio;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.clearRect(0, 0, width, height);
    const top = values.reduce((most, value) => (value > most ? value : most), 0);
    const style = getComputedStyle(canvas);
    context.lineWidth = ratio;
    context.strokeStyle = style.color;
    context.lineJoin = "round";
    context.beginPath();
    let isDown = false;
    values.forEach((value, i) => {
      if (Number.isNaN(value)) {
        isDown = false;
        return;
      }
      const x = width - (values.length - 1 - i) * (width / (kept - 1));
      const y = height - ratio - (top === 0 ? 0 : value / top) * (height - 2 * ratio);
      if (isDown) context.lineTo(x, y);
      else context.moveTo(x, y);
      isDown = true;
    });
    context.stroke();
  }
}
