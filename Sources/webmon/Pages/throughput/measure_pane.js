// @ts-check
/**
 * The measurement's controls: what to measure, begin, cancel, how far it is, what came out.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { copyOnClick, element, find, setText } from "../shell/element.js";
import { measureAll, sizeName } from "./measuring.js";
import { showResults, storedResults, storeResults } from "./results.js";
import { asText } from "./verdict.js";

/** @typedef {import("../client/transport.js").Way} Way */

/** Bytes of a message, by their name in the address. */
const sizes = new Map([
  ["64k", 2 ** 16],
  ["1m", 2 ** 20],
  ["8m", 2 ** 23],
  ["32m", 2 ** 25],
]);
/** @type {Map<string, string>} */
const ways = new Map([
  ["websocket", "WebSocket"],
  ["fetch", "fetch"],
]);
/** Of each measurement. */
const seconds = 2;

export class MeasurePane {
  /**
   * @param {import("../webmon.js").Server} server
   * @param {(isMeasuring: boolean) => void} onChange
   */
  constructor(server, onChange) {
    /** @private */
    this.server = server;
    /** @private */
    this.onChange = onChange;
    /** @private @type {AbortController | null} of the measurement that is under way */
    this.abort = null;
    /** @private */
    this.button = find("#measure", HTMLButtonElement);
    /** @private */
    this.progress = find("#progress", HTMLProgressElement);
    /** @private */
    this.step = find("#step", HTMLElement);
    const labels = [...sizes].map(([key, size]) => /** @type {const} */ ([key, sizeName(size)]));
    /** @private */
    this.sizes = makeChoice(find("#sizes", HTMLElement), "sizes", labels);
    /** @private */
    this.ways = makeChoice(find("#ways", HTMLElement), "ways", [...ways]);
    find("#plan", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.toggle();
    });
    copyOnClick(find("#copy-text", HTMLButtonElement), () => asText(storedResults()[0]));
    copyOnClick(find("#copy-json", HTMLButtonElement), () => JSON.stringify(storedResults()[0], null, 2));
    server.on("state", () => this.showStanding());
    this.show();
    this.showStanding();
  }

  get isMeasuring() {
    return this.abort !== null;
  }

  /** Begins, or cancels what is under way. */
  toggle() {
    if (this.abort !== null) this.abort.abort();
    else if (!this.button.disabled) void this.run();
  }

  cancel() {
    this.abort?.abort();
  }

  /** @private */
  showStanding() {
    const isMeasuring = this.abort !== null;
    setText(this.button, isMeasuring ? "Cancel" : "Measure");
    this.button.disabled = !isMeasuring && this.server.state.phase !== "connected";
    this.progress.hidden = !isMeasuring;
    for (const box of [...this.sizes, ...this.ways]) box.disabled = isMeasuring;
  }

  /** @private */
  async run() {
    const wanted = this.sizes.filter(({ checked }) => checked).map(({ value }) => value);
    const taken = this.ways.filter(({ checked }) => checked).map(({ value }) => value);
    if (wanted.length === 0 || taken.length === 0) {
      this.say("Choose a size and a way.", true);
      return;
    }
    const abort = new AbortController();
    this.abort = abort;
    this.onChange(true);
    this.showStanding();
    const plan = {
      sizes: wanted.map((key) => sizes.get(key) ?? 0),
      ways: /** @type {Way[]} */ (taken),
      seconds,
    };
    try {
      const results = await measureAll(this.server, plan, abort.signal, (done, of, what) => {
        this.progress.max = of;
        this.progress.value = done;
        this.say(`${done + 1} of ${of}: ${what} …`, false);
      });
      storeResults(results);
      this.say("", false);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (abort.signal.aborted) this.say("Cancelled.", false);
      else this.say(`It failed: ${reason}.`, true);
    }
    this.abort = null;
    this.onChange(false);
    this.show();
    this.showStanding();
  }

  /** @private @param {string} text @param {boolean} isFailure */
  say(text, isFailure) {
    setText(this.step, text);
    this.step.dataset.failed = String(isFailure);
  }

  /** @private */
  show() {
    const [newest, before] = storedResults();
    find("#copies", HTMLElement).hidden = newest === undefined;
    if (newest === undefined) return;
    find("#results", HTMLElement).replaceChildren(...showResults(newest, before));
  }
}

/**
 * Boxes of which the address names the checked ones; all, if it names none.
 *
 * @param {HTMLElement} fieldset
 * @param {string} key in the address
 * @param {readonly (readonly [string, string])[]} choices
 */
function makeChoice(fieldset, key, choices) {
  const said = readAddress(key)?.split(",").filter((name) => choices.some(([known]) => known === name));
  const boxes = choices.map(([value, text]) => {
    const box = element("input", { type: "checkbox", value });
    box.checked = said === undefined || said.length === 0 || said.includes(value);
    box.addEventListener("change", () => {
      const checked = boxes.filter((other) => other.checked).map((other) => other.value);
      const isAll = checked.length === boxes.length || checked.length === 0;
      writeAddress({ [key]: isAll ? null : checked.join(",") });
    });
    fieldset.append(element("label", { class: "check" }, box, ` ${text}`));
    return box;
  });
  return boxes;
}
