// @ts-check
/**
 * What lies over a picture and moves with it: shapes in pixels of the image, handles that are of
 * one size on the screen. It changes only when the view or a tool does, never for a frame.
 */

import { setAttributes, svgElement } from "./svg.js";

/** @typedef {{x: number, y: number}} Point */

/**
 * @typedef {object} Handle
 * @property {SVGCircleElement} element
 * @property {Point} place of the image
 */

export class Overlay {
  /** @param {import("./picture.js").Picture} picture */
  constructor(picture) {
    /** @private */
    this.picture = picture;
    /** What is drawn in pixels of the image; strokes keep their width on the screen. */
    this.shapes = svgElement("g", { class: "shapes" });
    /** @private */
    this.knobs = svgElement("g", { class: "knobs" });
    /** @private */
    this.catcher = svgElement("rect", { class: "catcher", width: "100%", height: "100%" });
    this.svg = svgElement("svg", { class: "overlay" }, this.shapes, this.knobs, this.catcher);
    /** @private @type {Set<Handle>} */
    this.handles = new Set();
    /** @private @type {(() => void) | null} */
    this.disarm = null;
    picture.canvas.after(this.svg);
    picture.view.onChange(() => this.place());
    // The picture below zooms and follows the pointer as if nothing lay on it.
    this.svg.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        picture.canvas.dispatchEvent(new WheelEvent("wheel", event));
      },
      { passive: false },
    );
    this.svg.addEventListener("pointermove", (event) => {
      if (event.buttons === 0) picture.canvas.dispatchEvent(new PointerEvent("pointermove", event));
    });
    this.place();
  }

  /** @private Pixels of the canvas for one of CSS. */
  get ratio() {
    const { canvas } = this.picture;
    return canvas.width / (canvas.clientWidth || canvas.width);
  }

  /** @param {Point} place of the image @returns {Point} CSS pixels from the stage's corner */
  toCss({ x, y }) {
    const { ratio } = this;
    const screen = this.picture.view.toScreen(x, y);
    return { x: screen.x / ratio, y: screen.y / ratio };
  }

  /** @param {MouseEvent} event @returns {Point} of the image */
  toImage(event) {
    const { ratio } = this;
    const box = this.picture.canvas.getBoundingClientRect();
    const [px, py] = [(event.clientX - box.left) * ratio, (event.clientY - box.top) * ratio];
    return this.picture.view.toImage(px, py);
  }

  /** Puts everything where the view has it. */
  place() {
    const [origin, right, down] = [
      this.toCss({ x: 0, y: 0 }),
      this.toCss({ x: 1, y: 0 }),
      this.toCss({ x: 0, y: 1 }),
    ];
    const matrix = [right.x - origin.x, right.y - origin.y, down.x - origin.x, down.y - origin.y];
    const all = [...matrix, origin.x, origin.y];
    if (!all.every(Number.isFinite)) return;
    setAttributes(this.shapes, { transform: `matrix(${all.join(" ")})` });
    for (const handle of this.handles) this.placeHandle(handle);
  }

  /** @private @param {Handle} handle */
  placeHandle({ element, place }) {
    const { x, y } = this.toCss(place);
    setAttributes(element, { cx: x.toFixed(2), cy: y.toFixed(2) });
  }

  /**
   * Something to hold: dragged, or moved by the arrow keys.
   *
   * @param {string} label
   * @param {(place: Point) => void} onMove where it is wanted, in pixels of the image
   * @returns {{put: (place: Point) => void, remove: () => void}}
   */
  addHandle(label, onMove) {
    const circle = svgElement("circle", {
      class: "knob",
      r: "5.5",
      tabindex: "0",
      role: "button",
      "aria-label": `${label}: drag, or move by the arrow keys`,
    });
    /** @type {Handle} */
    const handle = { element: circle, place: { x: 0, y: 0 } };
    this.followDrag(circle, (_, to) => onMove(to));
    circle.addEventListener("keydown", (event) => {
      const by = arrowStep(event);
      if (by === null) return;
      event.preventDefault();
      onMove({ x: handle.place.x + by.x, y: handle.place.y + by.y });
    });
    this.handles.add(handle);
    this.knobs.append(circle);
    return {
      put: (place) => {
        handle.place = place;
        this.placeHandle(handle);
      },
      remove: () => {
        this.handles.delete(handle);
        circle.remove();
      },
    };
  }

  /**
   * @param {SVGElement} element
   * @param {(from: Point, to: Point) => void} onDrag from where it was taken, in pixels of the image
   * @param {() => void} [onGrab]
   */
  followDrag(element, onDrag, onGrab = () => {}) {
    /** @type {Point | null} */
    let from = null;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.stopPropagation();
      element.setPointerCapture(event.pointerId);
      from = this.toImage(event);
      onGrab();
    });
    element.addEventListener("pointermove", (event) => {
      if (from !== null) onDrag(from, this.toImage(event));
    });
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      element.addEventListener(name, () => {
        from = null;
      });
    }
  }

  /**
   * The next drag over the picture draws something; Enter puts it into the middle, Escape ends.
   *
   * @param {(from: Point, to: Point) => void} onDraw
   * @param {(done: boolean) => void} onEnd whether something was drawn
   */
  arm(onDraw, onEnd) {
    this.disarm?.();
    const ending = new AbortController();
    const { signal } = ending;
    /** @type {Point | null} */
    let from = null;
    let isDrawn = false;
    const end = () => {
      ending.abort();
      this.disarm = null;
      delete this.svg.dataset.armed;
      onEnd(isDrawn);
    };
    this.disarm = end;
    this.svg.dataset.armed = "";
    const draw = (/** @type {Point} */ start, /** @type {Point} */ to) => {
      isDrawn = true;
      onDraw(start, to);
    };
    this.catcher.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.catcher.setPointerCapture(event.pointerId);
      from = this.toImage(event);
    }, { signal });
    this.catcher.addEventListener("pointermove", (event) => {
      if (from !== null) draw(from, this.toImage(event));
    }, { signal });
    this.catcher.addEventListener("pointerup", end, { signal });
    this.catcher.addEventListener("pointercancel", end, { signal });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      if (event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      if (event.key === "Enter") {
        const { width, height } = this.picture.canvas;
        const { view } = this.picture;
        draw(view.toImage(width * 0.35, height * 0.4), view.toImage(width * 0.65, height * 0.6));
      }
      end();
    }, { signal, capture: true });
  }

  /** Whether the next drag draws. */
  get isArmed() {
    return this.disarm !== null;
  }

  /** Ends drawing, if it was begun. @returns {boolean} whether it was */
  stopDrawing() {
    const wasArmed = this.disarm !== null;
    this.disarm?.();
    return wasArmed;
  }
}

/**
 * How far an arrow key moves: a pixel, with Shift ten.
 *
 * @param {KeyboardEvent} event
 * @returns {Point | null} null if it is no arrow
 */
export function arrowStep(event) {
  const steps = /** @type {Record<string, Point>} */ ({
    ArrowLeft: { x: -1, y: 0 },
    ArrowRight: { x: 1, y: 0 },
    ArrowUp: { x: 0, y: -1 },
    ArrowDown: { x: 0, y: 1 },
  });
  const step = steps[event.key];
  const far = event.shiftKey ? 10 : 1;
  return step === undefined ? null : { x: step.x * far, y: step.y * far };
}
