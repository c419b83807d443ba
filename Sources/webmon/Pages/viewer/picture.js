// @ts-check
/**
 * What tools may use of an `ImageView`: the picture that is shown, and its numbers.
 */

/**
 * @typedef {object} Picture
 * @property {HTMLElement} stage a positioned box with the canvas; overlays lie in it
 * @property {HTMLCanvasElement} canvas
 * @property {import("../image/view.js").View} view where the image lies on the canvas
 * @property {import("../image/layout.js").ImageLayout | null} layout null while nothing is shown
 * @property {import("../client/server.js").Stream | null} stream
 * @property {import("../client/frame.js").Frame | null} shown the one on screen
 * @property {number[]} indices one a leading axis of the layout
 * @property {import("./contrast.js").Contrast} contrast
 * @property {import("../image/renderer.js").Pass[]} passes what is drawn of it, and how
 * @property {import("../image/renderer.js").Manner} manner
 * @property {boolean} frozen
 * @property {(row: number, column: number) => string} valueText "" where it is not here yet
 * @property {(y0: number, x0: number, y1: number, x1: number) => Cut | null} cut numbers of the
 *   plane, in pixels of level 0; null if nothing is held there
 * @property {(listener: () => void) => (() => void)} onDrawn calls back after a new picture was
 *   drawn: new data or another plane; the returned function stops it
 * @property {() => Promise<Blob>} snapshot a PNG of the canvas as it is seen
 * @property {(wanted: boolean) => void} freeze no new frames are taken
 * @property {(count: number) => void} step goes so many frames on, or back, among those that are
 *   held; on from the newest one, takes the next that comes and freezes again
 */

/**
 * A rectangle of the plane's numbers, in C order.
 *
 * @typedef {object} Cut
 * @property {import("../client/dtype.js").TypedArray} array
 * @property {import("../client/dtype.js").PlainDtype} dtype
 * @property {number} lanes numbers in one element: 2 for complex
 * @property {number} channels elements in one pixel
 * @property {number} height rows
 * @property {number} width columns
 * @property {number} step pixels of level 0 from one row, or column, to the next: 2^level
 */

export {};
