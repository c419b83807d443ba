// @ts-check
/**
 * A canvas with as many pixels as the screen has where it stands.
 */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {(size: {width: number, height: number}) => void} onSize its size is another one, and it
 *   is blank until drawn: draw at once and not on the next animation frame
 */
export function followSize(canvas, onSize) {
  const resized = new ResizeObserver(([entry]) => {
    const size = entry.devicePixelContentBoxSize?.[0];
    const width = size?.inlineSize ?? Math.round(entry.contentRect.width * devicePixelRatio);
    const height = size?.blockSize ?? Math.round(entry.contentRect.height * devicePixelRatio);
    if (width === 0 || height === 0) return;
    [canvas.width, canvas.height] = [width, height];
    onSize({ width, height });
  });
  resized.observe(canvas);
}
