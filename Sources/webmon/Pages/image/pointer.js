// @ts-check
/**
 * Mouse, pen, touch: drag pans, wheel and pinch zoom; and the arrow keys.
 */

/**
 * What can be moved: lengths and places in pixels of the canvas.
 *
 * @typedef {object} Movable
 * @property {{zoom: number}} placement
 * @property {(dx: number, dy: number) => void} pan
 * @property {(zoom: number, px: number, py: number) => void} zoomTo
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Movable} view
 */
export function followPointer(canvas, view) {
  /** @type {Map<number, {x: number, y: number}>} */
  const pointers = new Map();

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, placeOn(canvas, event));
    canvas.dataset.dragging = "";
  });

  canvas.addEventListener("pointermove", (event) => {
    const now = placeOn(canvas, event);
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const others = [...pointers].filter(([id]) => id !== event.pointerId);
    pointers.set(event.pointerId, now);
    if (others.length === 0) {
      if (now.x === before.x && now.y === before.y) return;
      view.pan(now.x - before.x, now.y - before.y);
    } else {
      const other = others[0][1];
      const distance = (/** @type {{x: number, y: number}} */ p) =>
        Math.max(1, Math.hypot(p.x - other.x, p.y - other.y));
      const growth = distance(now) / distance(before);
      view.zoomTo(view.placement.zoom * growth, (now.x + other.x) / 2, (now.y + other.y) / 2);
    }
  });

  const release = (/** @type {PointerEvent} */ event) => {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) delete canvas.dataset.dragging;
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, y } = placeOn(canvas, event);
      // A wheel's notch is about 100 units; a touchpad sends many small ones.
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
      const factor = Math.exp((-event.deltaY * lines) / (event.ctrlKey ? 100 : 400));
      view.zoomTo(view.placement.zoom * factor, x, y);
    },
    { passive: false },
  );
}

/** @type {Record<string, [number, number]>} */
const arrows = {
  ArrowLeft: [1, 0],
  ArrowRight: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/**
 * The arrow keys pan, with Shift further.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Movable} view
 */
export function followArrows(canvas, view) {
  canvas.addEventListener("keydown", (event) => {
    const step = arrows[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const length = event.shiftKey ? 200 : 40;
    view.pan(step[0] * length, step[1] * length);
  });
}

/**
 * Where an event is on a canvas, in its own pixels.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {MouseEvent} event
 */
export function placeOn(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return {
    x: ((event.clientX - box.left) * canvas.width) / box.width,
    y: ((event.clientY - box.top) * canvas.height) / box.height,
  };
}
