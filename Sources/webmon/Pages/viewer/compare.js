// @ts-check
/**
 * Another stream beside the first, with the same part, plane and manner: side by side, one under
 * the other with a movable edge, or their difference.
 */

import { isIdle } from "../client/idle.js";
import { readAddress, writeAddress } from "../shell/address.js";
import { Delivery } from "../shell/delivery.js";
import { element, find, setText } from "../shell/element.js";
import { ChannelRows } from "./channel_rows.js";
import { DisplayLog } from "./display_log.js";
import { Feed } from "./feed.js";
import { ImageView } from "./image_view.js";
import { sourcePlan } from "./source.js";
import { layoutOf } from "../image/layout.js";

/** @typedef {import("../client/server.js").Stream} Stream */
/** @typedef {import("../image/layout.js").ImageLayout} ImageLayout */

const modes = /** @type {const} */ (["side", "swipe", "difference"]);

export class Compare {
  /**
   * @param {import("../webmon.js").Server} server
   * @param {ImageView} first
   * @param {() => import("../image/layout.js").AxesChoice} choice of the first one's axes
   */
  constructor(server, first, choice) {
    /** @private */
    this.server = server;
    /** @private */
    this.first = first;
    /** @private */
    this.choice = choice;
    /** Name of the other stream, "" if there is none. */
    this.name = "";
    /** @private @type {Feed | null} */
    this.feed = null;
    /** @private made when it is first needed: it takes a graphics context @type {ImageView | null} */
    this.second = null;
    /** @private */
    this.display = new DisplayLog(server, (look) => this.second?.contrast.follow(look));
    /** @private */
    this.failure = "";
    /** @private */
    this.stages = find("#stages", HTMLElement);
    /** @private */
    this.stage = find("#stage2", HTMLElement);
    /** @private */
    this.said = find("#said2", HTMLElement);
    /** @private */
    this.captions = [find("#caption", HTMLElement), find("#caption2", HTMLElement)];
    /** @private */
    this.picker = find("#with", HTMLSelectElement);
    /** @private */
    this.modeRow = find("#compare-row", HTMLElement);
    /** @private */
    this.modeSelect = find("#compare", HTMLSelectElement);
    /** @private */
    this.split = find("#split", HTMLInputElement);
    /** @private */
    this.figures = find("#delivery2", HTMLElement);
    /** @private made when it is first needed @type {Delivery | null} */
    this.delivery = null;
    this.modeSelect.value = modes.find((mode) => mode === readAddress("compare")) ?? "side";
    const split = Number(readAddress("split") ?? 50);
    this.split.value = String(split >= 0 && split <= 100 ? split : 50);
    this.listen();
  }

  /** @private */
  listen() {
    this.picker.addEventListener("change", () => {
      writeAddress({ with: this.picker.value === "" ? null : this.picker.value });
      this.open(this.picker.value);
    });
    this.modeSelect.addEventListener("change", () => {
      const { value } = this.modeSelect;
      writeAddress({ compare: value === "side" ? null : value });
      this.show();
    });
    this.split.addEventListener("input", () => {
      writeAddress({ split: this.split.value === "50" ? null : this.split.value });
      this.show();
    });
    this.server.on("streams", () => this.showState());
  }

  /** @param {string} name "" ends it */
  open(name) {
    this.feed?.close();
    this.feed = null;
    this.second?.end();
    this.display.end();
    this.name = name;
    this.failure = "";
    if (name !== "") {
      this.prepare();
      this.feed = new Feed(this.server, name, {
        plan: (stream) => this.plan(stream),
        onSubscription: () => this.followDelivery(),
      });
      this.feed.look();
    }
    this.followDelivery();
    this.show();
  }

  /** The names that can be chosen. @param {readonly string[]} names */
  offer(names) {
    const all = this.name === "" || names.includes(this.name) ? names : [this.name, ...names];
    const shown = ["", ...all];
    if (shown.join() !== [...this.picker.options].map(({ value }) => value).join()) {
      this.picker.replaceChildren(
        ...shown.map((value) => element("option", { value }, value === "" ? "nothing" : value)),
      );
    }
    this.picker.value = this.name;
  }

  /** @private */
  followDelivery() {
    const told = () => (this.server.listed && this.server.streams.get(this.name)) || null;
    this.delivery?.follow(this.feed?.subscription ?? null, told);
  }

  /** The second view, tied to the first one. @private */
  prepare() {
    if (this.second !== null) return;
    this.delivery = new Delivery(this.figures);
    const { first } = this;
    const second = new ImageView(this.stage, {
      suffix: "2",
      onContext: () => this.showState(),
      onFlow: (wanted) => this.feed?.flow(wanted),
    });
    second.view.follow(first.view);
    first.view.onChange(() => second.view.follow(first.view));
    second.view.onChange(() => {
      if (this.name !== "") first.view.follow(second.view);
    });
    second.manner = first.manner;
    new ChannelRows(
      find("#channels2", HTMLElement),
      second.channels,
      "2",
      () => second.requestDraw(),
      () => second.measure(),
    );
    this.second = second;
  }

  /** @private @param {Stream} stream */
  plan(stream) {
    const wanted = layoutOf(stream, this.choice());
    const layout = wanted.kind === "image" ? wanted : null;
    const source = layout === null ? null : sourcePlan(stream, layout, this.indicesFor(layout));
    const take = (/** @type {import("../client/frame.js").Frame} */ frame) => {
      if (isIdle(frame.stream)) return frame.skip();
      const wrong = this.second?.offer(frame) ?? "";
      if (wrong !== "") this.fail(`${this.name} cannot be drawn. ${wrong}`);
    };
    const options = {
      /** @type {"manual"} */
      credit: "manual",
      ...(source?.options ?? { credits: 1, maxFps: 1 }),
      onSubscribed: (/** @type {Stream} */ now) => {
        this.failure = "";
        if (isIdle(now)) return;
        const next = layoutOf(now, this.choice());
        if (source !== null && next.kind === "image") this.begin(now, next, source.kind);
        else this.fail(`${this.name} is no image.`);
      },
      onWaiting: () => this.showState(),
      onViewed: (/** @type {import("../client/subscription.js").Viewed} */ viewed) =>
        this.second?.viewed(viewed),
      onFrame: take,
      onError: (/** @type {Error} */ error) => this.fail(error.message),
    };
    const key = JSON.stringify([source?.kind, layout && [layout.shownAxes, layout.channelAxis]]);
    return { key, options: source?.kind === "tiles" ? { ...options, onTile: take } : options };
  }

  /**
   * @private
   * @param {Stream} stream
   * @param {ImageLayout} layout
   * @param {import("./image_view.js").Kind} kind
   */
  begin(stream, layout, kind) {
    const { subscription } = this.feed ?? {};
    this.second?.begin(stream, layout, this.indicesFor(layout), kind, (place) =>
      subscription?.view(place),
    );
    this.display.begin(stream.metadata);
    this.showState();
  }

  /**
   * The first one's plane; of axes of another number the last ones, of shorter ones their end.
   *
   * @private
   * @param {ImageLayout} layout
   */
  indicesFor({ leading }) {
    const { indices } = this.first;
    const more = leading.length - indices.length;
    return leading.map((extent, i) => Math.min(extent - 1, indices[i - more] ?? Math.floor(extent / 2)));
  }

  /** The first one shows another plane. */
  showPlane() {
    const { second } = this;
    if (second?.layout) second.show(this.indicesFor(second.layout));
  }

  /** Other axes were chosen. */
  look() {
    this.feed?.look();
  }

  /** Pixels are drawn in another manner. @param {boolean} isOtherPart of complex numbers */
  redraw(isOtherPart) {
    if (this.second === null) return;
    this.second.manner = this.first.manner;
    if (isOtherPart) this.second.measure();
    this.second.requestDraw();
  }

  /** @param {boolean} wanted as the first one */
  freeze(wanted) {
    if (this.second?.layout) this.second.freeze(wanted);
  }

  /** @private @param {string} text */
  fail(text) {
    this.failure = text;
    this.showState();
  }

  /** @private How the two lie. */
  show() {
    const isOn = this.name !== "";
    const mode = isOn ? this.modeSelect.value : "one";
    this.stages.dataset.mode = mode;
    this.stage.hidden = !isOn;
    this.modeRow.hidden = !isOn;
    this.figures.hidden = !isOn;
    this.split.hidden = mode !== "swipe";
    const share = Number(this.split.value);
    this.stage.style.clipPath = mode === "swipe" ? `inset(0 0 0 ${share}%)` : "";
    this.stages.style.setProperty("--split", `${share}%`);
    for (const caption of this.captions) caption.hidden = !isOn || mode === "difference";
    this.showNames();
    this.showState();
  }

  /** Which stream is which. */
  showNames() {
    setText(this.captions[0], this.first.stream?.name ?? "");
    setText(this.captions[1], this.name);
    const title = document.querySelector("#contrast-title2");
    if (title !== null) setText(title, this.name);
  }

  /** @private What is said over the second picture. */
  showState() {
    const text = this.standing();
    this.said.hidden = text === "";
    setText(this.said, text);
  }

  /** @private */
  standing() {
    if (this.name === "") return "";
    if (this.failure !== "") return this.failure;
    if (this.second?.renderer.lost) return "The browser took the graphics context away; waiting for it";
    const stream = this.server.streams.get(this.name);
    if (this.feed?.subscription?.state === "waiting") return `${this.name} ended; waiting for the next one`;
    if (stream === undefined) return this.server.listed ? `Waiting for ${this.name}` : "";
    return this.second?.layout ? "" : `Waiting for data of ${this.name}`;
  }
}
