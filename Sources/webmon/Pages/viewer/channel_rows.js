// @ts-check
/**
 * A row for each channel that is blended: whether it is seen, its colour, its contrast limits.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { element } from "../shell/element.js";
import { formatNumber } from "../shell/format.js";
import { colourOf } from "./channel_looks.js";

/** @typedef {import("./channel_looks.js").ChannelLook} ChannelLook */

export class ChannelRows {
  /**
   * @param {HTMLElement} group shown where there are channels
   * @param {import("./channel_looks.js").ChannelLooks} looks
   * @param {string} suffix of the keys in the address
   * @param {() => void} onChange the picture must be drawn again
   * @param {() => void} onAuto limits are to be measured again
   */
  constructor(group, looks, suffix, onChange, onAuto) {
    /** @private */
    this.group = group;
    /** @private */
    this.looks = looks;
    /** @private */
    this.suffix = suffix;
    /** @private */
    this.onChange = onChange;
    /** @private */
    this.onAuto = onAuto;
    /** @private @type {readonly ChannelLook[]} those that the rows are of */
    this.list = [];
    /** @private @type {(() => void)[]} */
    this.showers = [];
    /** @private */
    this.rows = element("div", { class: "channels" });
    group.append(this.rows);
    looks.onChange = () => this.refresh();
    this.refresh();
  }

  /** @private */
  refresh() {
    const { list } = this.looks;
    if (list !== this.list) {
      this.list = list;
      this.showers = [];
      this.group.hidden = list.length === 0;
      list.forEach((look, i) => applyAddress(look, readAddress(this.key(i))));
      this.rows.replaceChildren(...list.map((look, i) => this.makeRow(look, i)));
    }
    for (const show of this.showers) show();
  }

  /** @private @param {number} index */
  key(index) {
    return `c${index}${this.suffix === "" ? "" : `-${this.suffix}`}`;
  }

  /** @private @param {ChannelLook} look @param {number} index */
  makeRow(look, index) {
    const visible = element("input", { type: "checkbox", "aria-label": `Show ${look.name}` });
    const colour = element("input", { type: "color", "aria-label": `Colour of ${look.name}` });
    const limits = ["Lower", "Upper"].map((end) =>
      element("input", {
        type: "number",
        step: "any",
        "aria-label": `${end} contrast limit of ${look.name}`,
      }),
    );
    const auto = element(
      "button",
      { type: "button", class: "quiet", title: "Limits follow the numbers: 0.1 to 99.9 %" },
      "auto",
    );
    auto.setAttribute("aria-label", `Automatic contrast of ${look.name}`);
    const changed = () => {
      const range = look.isAuto ? "auto" : look.limits.map(String).join(",");
      const text = [look.visible ? "on" : "off", look.colour.slice(1), range].join(",");
      writeAddress({ [this.key(index)]: text });
      this.refresh();
      this.onChange();
    };
    visible.addEventListener("change", () => {
      look.visible = visible.checked;
      changed();
    });
    colour.addEventListener("input", () => {
      look.colour = colour.value;
      changed();
    });
    limits.forEach((input, end) => {
      input.addEventListener("change", () => {
        const value = Number(input.value);
        if (input.value !== "" && Number.isFinite(value)) {
          look.limits[end] = value;
          if (look.limits[0] > look.limits[1]) look.limits[1 - end] = value;
          look.isAuto = false;
        }
        changed();
      });
    });
    auto.addEventListener("click", () => {
      look.isAuto = !look.isAuto;
      if (look.isAuto) this.onAuto();
      changed();
    });
    this.showers.push(() => {
      visible.checked = look.visible;
      colour.value = look.colour;
      auto.setAttribute("aria-pressed", String(look.isAuto));
      limits.forEach((input, end) => {
        if (document.activeElement !== input) input.value = formatNumber(look.limits[end], 5);
      });
    });
    const name = element("label", { class: "name", title: look.name }, visible, element("span", {}, look.name));
    return element("div", { class: "channel" }, name, colour, ...limits, auto);
  }
}

/**
 * @param {ChannelLook} look
 * @param {string | null} text "on,ff00ff,10,200" or "off,ff00ff,auto"
 */
function applyAddress(look, text) {
  if (text === null) return;
  const [visible, colour, low, high] = text.split(",");
  look.visible = visible !== "off";
  look.colour = colourOf(colour) ?? look.colour;
  const limits = [Number(low), Number(high)];
  if (low === "auto") {
    look.isAuto = true;
  } else if (low !== undefined && high !== undefined && limits.every(Number.isFinite)) {
    look.limits = [limits[0], limits[1]];
    look.isAuto = false;
  }
}
