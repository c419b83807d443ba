// @ts-check
/**
 * Counts frames after a warm-up, and tells the benchmark what came (harness/visits.py), by going to the address that it gave:
 * that needs no tools attached, and no page forbids it.
 */

/** Fewer frames than this are no rate. */
const fewest = 3;
/** Milliseconds without a frame after which there is no hope. */
const patience = 80_000;
/** By how many ms the page's fine clock may differ from the clock that the camera reads. */
const clockBar = 3;

/** Now, ms since 1970, as the camera counts. */
const now = () => performance.timeOrigin + performance.now();

/** By how many ms the two clocks differ: the least of several looks, since the page may be kept waiting between the two readings of one. */
function clockDifference() {
  let least = Infinity;
  for (let look = 0; look < 100; look += 1) {
    const off = Date.now() + 0.5 - now();
    if (Math.abs(off) < Math.abs(least)) least = off;
  }
  return least;
}

export class Measurement {
  /** @param {URLSearchParams} query `report`: the address; `seconds`: to measure; `warm`: before that */
  constructor(query) {
    this.report = String(query.get("report"));
    this.seconds = Number(query.get("seconds"));
    this.warm = Number(query.get("warm"));
    this.done = false;
    /** @private */
    this.isTold = false;
    /** @private */
    this.newest = 0;
    /** @private when the first frame of all came */
    this.began = NaN;
    /** @private the first one of the measurement, which is not counted: when, and its number */
    this.start = NaN;
    /** @private when the last one came */
    this.end = NaN;
    /** @private */
    this.first = 0;
    /** @private @type {number[]} ms from when each was due */
    this.latencies = [];
    /** @private @type {[number, number][]} frames that the server told would not come */
    this.gaps = [];
    /** @private @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.hope();
  }

  /** @private Gives up when nothing comes. */
  hope() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell({ slow: `no frame came for ${patience / 1000} s` }), patience);
  }

  /** Frames that will not come, as the server tells. @param {number} from @param {number} to */
  told(from, to) {
    this.gaps.push([from, to]);
  }

  /**
   * A frame is here, or on the canvas.
   *
   * @param {import("./frames.js").Shot} shot
   * @returns {boolean} whether it was the last one
   */
  took({ number, due }) {
    if (this.done || number <= this.newest) return false;
    const at = now();
    this.newest = number;
    this.hope();
    if (at < due) {
      this.fail(`frame ${number} came ${due - at} ms before it was due`);
    } else if (Number.isNaN(this.began)) {
      this.began = at;
    } else if (Number.isNaN(this.start)) {
      if (at - this.began < this.warm * 1000) return false;
      this.start = at;
      this.first = number;
    } else {
      this.end = at;
      this.latencies.push(at - due);
      if (at - this.start < this.seconds * 1000 || this.latencies.length < fewest) return false;
      this.done = true;
      return true;
    }
    return this.done;
  }

  /** Tells what came. @param {object} [more] */
  finish(more = {}) {
    const off = clockDifference();
    if (Math.abs(off) > clockBar) return this.fail(`the page's clocks differ by ${off} ms`);
    const { start, first, newest, latencies } = this;
    const told = this.gaps.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, newest) - Math.max(from, first + 1) + 1), 0);
    const frames = latencies.length;
    this.tell({
      ...more,
      begin: start,
      end: this.end,
      frames,
      missed: newest - first - frames,
      told,
      // As text: a list would be three times as long in an address.
      latencies: latencies.map((ms) => Math.round(ms * 1000)).join("_"),
    });
  }

  /** @param {unknown} error */
  fail(error) {
    this.done = true;
    this.tell({ error: String(error) });
  }

  /** @private Once. @param {object} found */
  tell(found) {
    clearTimeout(this.timer);
    if (this.isTold) return;
    this.isTold = true;
    location.replace(`${this.report}?${encodeURIComponent(JSON.stringify(found))}`);
  }
}
