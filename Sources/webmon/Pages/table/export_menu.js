// @ts-check
/**
 * The menu that exports: files of what is shown or of everything, and the selected rows to copy.
 */

import { find, setText } from "../shell/element.js";
import { formatBytes, formatCount } from "../shell/format.js";
import { saveFile } from "../shell/save_file.js";
import { csv, makeFile, rowLine, tabs } from "./export.js";
import { GivenUp, Slices } from "./slices.js";

/** @typedef {import("./columns.js").ShownColumn} ShownColumn */
/** @typedef {import("./rows.js").Rows} Rows */

/**
 * What is exported, as it is at the moment.
 *
 * @typedef {object} Exported
 * @property {string} name of the stream
 * @property {Rows} rows
 * @property {import("./arrangement.js").Arrangement} arrangement
 * @property {readonly ShownColumn[]} shown columns
 * @property {readonly ShownColumn[]} all columns
 * @property {ReadonlySet<number>} selected positions
 * @property {string} label of the column of numbers
 */

export class ExportMenu {
  /** @param {() => Exported | null} now @param {(text: string) => void} say */
  constructor(now, say) {
    /** @private */
    this.now = now;
    /** @private */
    this.say = say;
    /** @private @type {Slices | null} */
    this.work = null;
    /** @private */
    this.safe = find("#safe", HTMLInputElement);
    /** @private */
    this.shown = find("#export-shown", HTMLButtonElement);
    /** @private */
    this.all = find("#export-all", HTMLButtonElement);
    /** @private */
    this.copy = find("#copy", HTMLButtonElement);
    this.shown.addEventListener("click", () => this.save(true));
    this.all.addEventListener("click", () => this.save(false));
    this.copy.addEventListener("click", () => this.copySelected());
  }

  /** @param {number} selected */
  update(selected) {
    this.copy.disabled = selected === 0;
    setText(
      this.copy,
      selected === 0 ? "Copy selected rows" : `Copy ${formatCount(selected)} selected rows`,
    );
  }

  /** @private @param {boolean} isShown what is shown, in its order; else all rows and columns */
  async save(isShown) {
    this.work?.giveUp();
    const what = this.now();
    if (what === null) return;
    const slices = new Slices();
    this.work = slices;
    const { rows, arrangement } = what;
    const [first, count] = isShown ? [0, arrangement.length] : [rows.first, rows.end - rows.first];
    try {
      const { file, written, missed } = await makeFile(
        rows,
        isShown ? (index) => arrangement.at(index) : (index) => first + index,
        count,
        isShown ? what.shown : what.all,
        csv(this.safe.checked),
        what.label,
        slices,
        (done) => this.say(`Writing CSV, ${Math.floor(100 * done)} %`),
      );
      saveFile(`${what.name}.csv`, file);
      const loss = missed === 0 ? "" : `; ${formatCount(missed)} were let go meanwhile`;
      this.say(`${formatCount(written)} rows in ${what.name}.csv, ${formatBytes(file.size)}${loss}`);
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error;
    }
    this.work = null;
  }

  /** The text of the selected rows, in the order in which they are shown. */
  selectedText() {
    const what = this.now();
    if (what === null) return "";
    const { rows, arrangement, selected } = what;
    /** @type {string[]} */
    const lines = [];
    for (let i = 0; i < arrangement.length && lines.length < selected.size; i += 1) {
      const position = arrangement.at(i);
      if (selected.has(position) && rows.breakAt(position) === null) {
        lines.push(rowLine(rows, position, what.shown, tabs));
      }
    }
    return lines.join("");
  }

  async copySelected() {
    const text = this.selectedText();
    if (text === "") return;
    try {
      await navigator.clipboard.writeText(text);
      this.say("The selected rows are in the clipboard, with tabs between their values");
    } catch {
      this.say("This browser gives no clipboard here; export a CSV instead");
    }
  }
}
