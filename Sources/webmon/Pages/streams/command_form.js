// @ts-check
/**
 * The form of one command: an input an argument, a button, and what came of the last call.
 */

import { CommandError } from "../webmon.js";
import { element, setText } from "../shell/element.js";
import { formatLatency } from "../shell/format.js";
import { makeInput } from "./argument_input.js";

/** @typedef {import("../client/calls.js").Command} Command */

/** Longer values are cut: they are somebody's megabyte. */
const longestShown = 2000;

export class CommandForm {
  /**
   * @param {Command} command
   * @param {(args: {[argument: string]: unknown}) => Promise<unknown>} call
   */
  constructor(command, call) {
    /** @private */
    this.call = call;
    /** @private */
    this.inputs = command.args.map((argument) => makeInput(argument));
    /** @private */
    this.button = element("button", { type: "submit", "aria-label": `Call ${command.name}` }, "Call");
    /** @private */
    this.output = element("output", { class: "outcome", "aria-label": `Reply of ${command.name}` });
    this.element = element(
      "form",
      { class: "command", "aria-label": command.name, novalidate: "" },
      element(
        "div",
        { class: "about" },
        element("code", {}, command.name),
        ...(command.help === "" ? [] : [element("p", { class: "muted" }, command.help)]),
      ),
      element("div", { class: "inputs" }, ...this.inputs.map(({ label }) => label), this.button),
      this.output,
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  /** @param {boolean} isLive */
  enable(isLive) {
    this.button.disabled = !isLive;
  }

  /** @private */
  async submit() {
    const start = performance.now();
    try {
      /** @type {{[argument: string]: unknown}} */
      const args = {};
      for (const { name, read } of this.inputs) {
        const value = read();
        if (value !== undefined) args[name] = value;
      }
      const value = await this.call(args);
      this.say("ok", value === null ? "done" : JSON.stringify(value), start);
    } catch (error) {
      const code = error instanceof CommandError ? `${error.code}: ` : "";
      this.say("error", code + (error instanceof Error ? error.message : String(error)), start);
    }
  }

  /** @private @param {"ok" | "error"} kind @param {string} text @param {number} start */
  say(kind, text, start) {
    this.output.dataset.outcome = kind;
    this.output.title = `after ${formatLatency(performance.now() - start)}`;
    setText(this.output, text.length > longestShown ? `${text.slice(0, longestShown)} …` : text);
  }
}
