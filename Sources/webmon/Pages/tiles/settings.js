// @ts-check
/**
 * The panel: layers, level, colours, and what the view follows.
 */

import { element, find, setText } from "../shell/element.js";
import { formatCount } from "../shell/format.js";

/** @typedef {import("./declaration.js").Declaration} Declaration */
/** @typedef {import("./look.js").Look} Look */
/** @typedef {import("./tile_map.js").TileMap} TileMap */

export class Settings {
  /** @param {Look} look @param {() => void} onChange */
  constructor(look, onChange) {
    /** @private */
    this.look = look;
    /** @private */
    this.onChange = onChange;
    /** @private */
    this.level = find("#level", HTMLSelectElement);
    /** @private */
    this.color = find("#color", HTMLSelectElement);
    /** @private */
    this.layers = find("#layers", HTMLElement);
    /** @private */
    this.grid = find("#grid", HTMLInputElement);
    /** @private */
    this.pixels = find("#pixels", HTMLInputElement);
    /** @private */
    this.automatic = element("option", { value: "auto" }, "automatic");
    this.level.addEventListener("change", () => {
      const { value } = this.level;
      look.level = value === "auto" || value === "all" ? value : Number(value);
      this.changed();
    });
    this.color.addEventListener("change", () => {
      look.color = /** @type {import("./look.js").ColorBy} */ (this.color.value);
      this.changed();
    });
    this.grid.addEventListener("change", () => this.toggle("grid"));
    this.pixels.addEventListener("change", () => this.toggle("pixels"));
  }

  /** @param {"grid" | "pixels"} what */
  toggle(what) {
    if (what === "pixels" && this.pixels.disabled) return;
    this.look[what] = !this.look[what];
    this.changed();
  }

  /** @private */
  changed() {
    this.look.write();
    this.show();
    this.onChange();
  }

  /** The colours one after the other. */
  nextColor() {
    this.color.selectedIndex = (this.color.selectedIndex + 1) % this.color.options.length;
    this.color.dispatchEvent(new Event("change"));
  }

  /** One level finer or coarser; past the ends it is the producer's again. @param {1 | -1} step @param {number} from */
  stepLevel(step, from) {
    const count = this.level.options.length - 2;
    const before = typeof this.look.level === "number" ? this.look.level : from;
    const next = before + step;
    this.look.level = next < 0 || next >= count ? "auto" : next;
    this.changed();
  }

  /** @param {Declaration} declaration */
  begin(declaration) {
    const { layers } = declaration;
    const count = Math.max(0, ...layers.map(({ levels }) => levels.length));
    const options = Array.from({ length: count }, (_, level) => {
      const grid = layers.find(({ levels }) => levels[level] !== undefined)?.levels[level];
      const size = grid === undefined ? "" : `: ${formatCount(grid.columns)} × ${formatCount(grid.rows)} tiles`;
      return element("option", { value: String(level) }, `${level}${size}`);
    });
    this.level.replaceChildren(this.automatic, ...options, element("option", { value: "all" }, "all, stacked"));
    this.layers.replaceChildren(
      ...layers.map(({ name, pixels }, layer) => {
        const box = element("input", { type: "checkbox" });
        box.dataset.layer = String(layer);
        box.addEventListener("change", () => {
          if (box.checked) this.look.hidden.delete(layer);
          else this.look.hidden.add(layer);
          this.changed();
        });
        const note = pixels === "" ? "" : `pixels: ${pixels}`;
        return element("label", { class: "check" }, box, element("span", { title: note }, name));
      }),
    );
    this.pixels.disabled = layers.every(({ pixels }) => pixels === "");
    find("#layers-title", HTMLElement).textContent = layers.length === 1 ? "Layer" : "Layers";
    this.show();
  }

  /** Brings the panel to what holds. */
  show() {
    const { look } = this;
    this.level.value = String(look.level);
    if (this.level.selectedIndex < 0) this.level.value = "auto";
    this.color.value = look.color;
    this.grid.checked = look.grid;
    this.pixels.checked = look.pixels && !this.pixels.disabled;
    for (const box of this.layers.querySelectorAll("input")) {
      box.checked = !look.hidden.has(Number(box.dataset.layer));
    }
  }

  /** @param {TileMap} map */
  showView(map) {
    const { view, producerView, shown } = map;
    const isChosen = view.chosen !== null;
    for (const mode of ["follow", "image", "frustum"]) {
      const button = find(`#${mode}`, HTMLButtonElement);
      button.setAttribute("aria-pressed", String(!isChosen && view.mode === mode));
    }
    const levels = [...new Set(shown.map(({ level }) => level))];
    const level = levels.length === 1 ? `: ${levels[0]}` : "";
    setText(this.automatic, this.look.level === "auto" ? `automatic${level}` : "automatic");
    const text = producerView === null ? "no view is told" : describeView(producerView);
    setText(find("#producer-view", HTMLElement), text);
  }
}

/** @param {import("./event_reader.js").ProducerView} view */
function describeView({ frame, level, top, left, bottom, right }) {
  const size = `${formatCount(Math.round(right - left))} × ${formatCount(Math.round(bottom - top))}`;
  const picture = Number.isNaN(frame) ? "" : `, picture ${formatCount(frame)}`;
  return `sees ${size}${level < 0 ? "" : ` at level ${level}`}${picture}`;
}
