// @ts-check
/**
 * Mouse, pen, touch: drag pans, wheel and pinch zoom, and where the pointer is.
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{placement: {zoom: number}, pan: (dx: number, dy: number) => void,
 *   zoomTo: (zoom: number, px: number, py: number) => void}} view
 * @param {() => void} onView the view changed
 * @param {(place: {x: number, y: number} | null) => void} onHover pixels of the canvas
 */
export function followPointer(canvas, view, onView, onHover) {
  /** @type {Map<number, {x: number, y: number}>} */
  const pointers = new Map();

  /** @param {MouseEvent} event */
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * canvas.width) / box.width,
      y: ((event.clientY - box.top) * canvas.height) / box.height,
    };
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, place(event));
    canvas.dataset.dragging = "";
  });

  canvas.addEventListener("pointermove", (event) => {
    const now = place(event);
    onHover(now);
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
    onView();
  });

  const release = (/** @type {PointerEvent} */ event) => {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) delete canvas.dataset.dragging;
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("pointerleave", () => onHover(null));

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, y } = place(event);
      // A wheel's notch is about 100 units; a touchpad sends many small ones.
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
      const factor = Math.exp((-event.deltaY * lines) / (event.ctrlKey ? 100 : 400));
      view.zoomTo(view.placement.zoom * factor, x, y);
      onView();
    },
    { passive: false },
  );
}
