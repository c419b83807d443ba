// @ts-check
/**
 * Which columns are shown, and in what order: a list behind a button.
 */

import { element } from "../shell/element.js";

/** More columns than these are those of a matrix, and no names to choose from. */
const most = 500;

export class ColumnChoice {
  /**
   * @param {HTMLDetailsElement} menu
   * @param {HTMLElement} list
   * @param {(paths: string[] | null) => void} onChoose null: all, in their own order
   */
  constructor(menu, list, onChoose) {
    /** @private */
    this.menu = menu;
    /** @private */
    this.list = list;
    /** @private */
    this.onChoose = onChoose;
    /** @private @type {string[]} */
    this.all = [];
    /** @private @type {{path: string, isShown: boolean}[]} in their order */
    this.entries = [];
    document.addEventListener("click", (event) => {
      const isInside = event.target instanceof Node && menu.contains(event.target);
      // An entry that was made anew by the click is not in it any more.
      if (menu.open && !isInside && document.contains(/** @type {Node} */ (event.target))) {
        menu.open = false;
      }
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary")?.focus();
    });
  }

  /** @param {readonly string[]} all @param {readonly string[]} shown */
  show(all, shown) {
    this.menu.hidden = all.length < 2 || all.length > most;
    this.all = [...all];
    if (this.menu.hidden) return;
    this.entries = [
      ...shown.map((path) => ({ path, isShown: true })),
      ...all.filter((path) => !shown.includes(path)).map((path) => ({ path, isShown: false })),
    ];
    this.build();
  }

  /** @private @param {string} [focused] accessible name of what has the focus */
  build(focused) {
    const items = this.entries.map(({ path, isShown }, i) => {
      const box = element("input", { type: "checkbox" });
      box.checked = isShown;
      box.addEventListener("change", () => {
        this.entries[i].isShown = box.checked;
        this.tell();
      });
      const move = (/** @type {string} */ sign, /** @type {number} */ by) => {
        const label = `Move ${path} ${by < 0 ? "before" : "after"} its neighbour`;
        const button = element("button", { type: "button", class: "quiet", "aria-label": label }, sign);
        button.disabled = i + by < 0 || i + by >= this.entries.length;
        button.addEventListener("click", () => {
          const [entry] = this.entries.splice(i, 1);
          this.entries.splice(i + by, 0, entry);
          this.build(label);
          this.tell();
        });
        return button;
      };
      return element("li", {}, element("label", {}, box, path), move("↑", -1), move("↓", 1));
    });
    const reset = element("button", { type: "button" }, "All columns");
    reset.addEventListener("click", () => this.onChoose(null));
    this.list.replaceChildren(element("ul", {}, ...items), reset);
    if (focused === undefined) return;
    const button = [...this.list.querySelectorAll("button")].find((b) => b.ariaLabel === focused);
    button?.focus();
  }

  /** @private */
  tell() {
    const shown = this.entries.filter(({ isShown }) => isShown).map(({ path }) => path);
    const isAll = shown.length === 0 || shown.join("\n") === this.all.join("\n");
    this.onChoose(isAll ? null : shown);
  }
}
