// @ts-check
/**
 * The window of time that all graphs look at.
 */

import { element } from "../shell/element.js";

/** @type {readonly {key: string, label: string, name: string, span: number}[]} */
const windows = [
  { key: "10s", label: "10 s", name: "10 s", span: 10e3 },
  { key: "1m", label: "1 min", name: "minute", span: 60e3 },
  { key: "10m", label: "10 min", name: "10 min", span: 600e3 },
  { key: "all", label: "All held", name: "window", span: Infinity },
];

export class Windows {
  /**
   * @param {HTMLElement} container
   * @param {string | null} key as in the address
   * @param {(key: string) => void} onChoice
   */
  constructor(container, key, onChoice) {
    /** @private */
    this.chosen = windows.find((window) => window.key === key) ?? windows[1];
    /** @private */
    this.onChoice = onChoice;
    /** @private */
    this.buttons = windows.map((window) => {
      const button = element("button", { type: "button" }, window.label);
      button.addEventListener("click", () => this.choose(window.key));
      return button;
    });
    container.append(...this.buttons);
    this.show();
  }

  /** How many there are, for keys. */
  get count() {
    return windows.length;
  }

  /** Of the window that is chosen, for people: "the last NAME". */
  get name() {
    return this.chosen.name;
  }

  /** Milliseconds. */
  get span() {
    return this.chosen.span;
  }

  /** @param {string | number} key or place */
  choose(key) {
    const found = typeof key === "number" ? windows[key] : windows.find((window) => window.key === key);
    if (found === undefined) return;
    this.chosen = found;
    this.show();
    this.onChoice(found.key);
  }

  /** @private */
  show() {
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(windows[i] === this.chosen));
    });
  }
}
