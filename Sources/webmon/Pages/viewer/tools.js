// @ts-check
/**
 * The tools of a picture: their buttons, their keys, their place in the address.
 */

import { readAddress, writeAddress } from "../shell/address.js";
import { element, setText } from "../shell/element.js";
import { imageAxes } from "../image/physical.js";
import { savePlane, saveSeen, saveWhole, whyNotWhole } from "./downloads.js";
import { makeButton } from "./make_button.js";
import { Overlay } from "./overlay.js";
import { ProfileTool } from "./profile_tool.js";
import { RegionTool } from "./region_tool.js";
import { ScaleBar } from "./scale_bar.js";

const wholeTitle = "The whole plane, a pixel for a pixel";

/** Keys of the address that tools write; what was chosen for one stream goes with it. */
export const toolKeys = { line: null, regions: null, bar: null };

export class Tools {
  /**
   * @param {import("./picture.js").Picture} picture
   * @param {HTMLElement} group where the buttons are
   * @param {HTMLElement} drawer below the picture: plots and tables
   */
  constructor(picture, group, drawer) {
    /** @private */
    this.picture = picture;
    /** @private */
    this.group = group;
    /** @private */
    this.drawer = drawer;
    /** @private */
    this.overlay = new Overlay(picture);
    /** @private */
    this.bar = new ScaleBar(picture, this.overlay);
    const [profilePane, regionPane] = ["Line profile", "Regions"].map((name) =>
      element("section", { class: "tool-pane", "aria-label": name, hidden: "" }),
    );
    drawer.append(profilePane, regionPane);
    /** @private the stream that the buttons were shown for */
    this.known = "";
    const changed = () => this.show();
    /** @private @type {ProfileTool | null} */
    this.profile = null;
    this.profile = new ProfileTool(picture, this.overlay, profilePane, changed);
    /** @private */
    this.regions = new RegionTool(picture, this.overlay, regionPane, changed);

    /** @private */
    this.buttons = {
      line: makeButton("Line", "Values along a line (L); drag over the picture", () => {
        this.toggleLine();
      }),
      rectangle: makeButton("Region", "Statistics of a rectangle (O); drag over the picture", () => {
        this.beginRegion("rectangle");
      }),
      ellipse: makeButton("Ellipse", "Statistics of an ellipse (Shift+O)", () => {
        this.beginRegion("ellipse");
      }),
      bar: makeButton("Scale", "Scale bar (S)", () => this.toggleBar()),
      seen: makeButton("PNG", "The picture as it is seen", () => {
        this.save(() => saveSeen(picture, this.bar));
      }),
      whole: makeButton("PNG 1:1", wholeTitle, () => this.save(() => saveWhole(picture))),
      plane: makeButton(".npy", "The plane that is shown, in its own dtype", () => {
        this.save(async () => savePlane(picture));
      }),
      screen: makeButton("Full screen", "Full screen (Shift+F); Escape ends it", toggleFullScreen),
    };
    /** @private */
    this.hint = element("p", { class: "muted hint", role: "status" });
    const { line, rectangle, ellipse, bar, seen, whole, plane, screen } = this.buttons;
    group.append(
      element("div", { class: "heading" }, element("h2", {}, "Tools"), screen),
      element("div", { class: "buttons" }, line, rectangle, ellipse, bar),
      element("div", { class: "buttons" }, seen, whole, plane),
      this.hint,
    );
    picture.onDrawn(() => this.follow());
    document.addEventListener("fullscreenchange", () => this.show());
    this.profile.read();
    this.regions.read();
    this.show();
  }

  /** @private Another stream may be shown, or another generation of it. */
  follow() {
    const { stream, layout } = this.picture;
    const known = stream === null || layout === null ? "" : `${stream.name} ${stream.generation}`;
    if (known === this.known) return;
    this.known = known;
    if (stream !== null && layout !== null) {
      const { rows, columns } = imageAxes(layout, stream.metadata);
      const said = readAddress("bar");
      this.bar.show(said === null ? rows.known || columns.known : said === "on");
    }
    this.bar.place();
    this.show();
  }

  /** Another stream: what was drawn over the last one goes. */
  clear() {
    this.overlay.stopDrawing();
    this.profile?.put(null);
    this.regions.put([]);
    this.known = "";
    writeAddress(toolKeys);
  }

  /** Another part of complex numbers is shown. */
  measure() {
    this.profile?.request();
    this.regions.request();
  }

  toggleLine() {
    this.profile?.toggle();
    this.show("line");
  }

  /** @param {"rectangle" | "ellipse"} shape */
  beginRegion(shape) {
    this.regions.begin(shape);
    this.show(shape);
  }

  toggleBar() {
    this.bar.show(!this.bar.shown);
    writeAddress({ bar: this.bar.shown ? "on" : "off" });
    this.show();
  }

  /** @private @param {() => Promise<void>} make */
  async save(make) {
    try {
      await make();
      setText(this.hint, "");
    } catch (error) {
      setText(this.hint, `Not saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** @private @param {"line" | "rectangle" | "ellipse" | ""} [begun] what was asked to be drawn */
  show(begun = "") {
    const { picture, overlay, profile, regions, buttons } = this;
    if (buttons === undefined) return;
    this.group.hidden = picture.layout === null;
    const isDrawing = overlay.isArmed;
    // Opened before anything is drawn: the picture must not move under the hand.
    const isUsed = profile?.line !== null || regions.regions.length > 0 || isDrawing;
    this.drawer.hidden = picture.layout === null || !isUsed;
    const press = (/** @type {HTMLButtonElement} */ button, /** @type {boolean} */ on) =>
      button.setAttribute("aria-pressed", String(on));
    press(buttons.line, profile?.line !== null || (isDrawing && begun === "line"));
    press(buttons.rectangle, isDrawing && begun === "rectangle");
    press(buttons.ellipse, isDrawing && begun === "ellipse");
    press(buttons.bar, this.bar.shown);
    press(buttons.screen, document.fullscreenElement !== null);
    const why = whyNotWhole(picture);
    buttons.whole.disabled = why !== "";
    buttons.whole.title = why === "" ? wholeTitle : why;
    setText(this.hint, isDrawing ? "Drag over the picture; Enter puts it into the middle." : "");
  }
}

/** The picture and what was measured of it over all of the screen, or back. */
export async function toggleFullScreen() {
  if (document.fullscreenElement !== null) await document.exitFullscreen();
  else await document.querySelector("main")?.requestFullscreen();
}
