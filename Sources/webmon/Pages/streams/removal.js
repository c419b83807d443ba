// @ts-check
/**
 * Removing what writers have left: what goes is named first, and confirmed.
 */

import { element, find, setText } from "../shell/element.js";
import { formatBytes, formatCount } from "../shell/format.js";

/** @typedef {import("../client/server.js").Stream} Stream */

/** Whether a segment is one that `webmon gc` would remove. @param {Stream} stream */
export function isLeftover({ state, persist }) {
  return state === "gone" && persist !== true;
}

/** Whether it may be removed at all. @param {Stream} stream */
export function isRemovable({ state }) {
  return state !== "live";
}

/** @param {Stream} stream */
export function bytesOf({ resident, nbytes }) {
  return resident ?? nbytes;
}

export class Removal {
  /** @param {import("../webmon.js").Server} server @param {() => void} onDone */
  constructor(server, onDone) {
    /** @private */
    this.server = server;
    /** @private */
    this.onDone = onDone;
    /** @private */
    this.title = element("h2", { id: "removal-title" });
    /** @private */
    this.text = element("p");
    /** @private */
    this.list = element("ul");
    /** @private */
    this.go = element("button", { type: "submit", class: "danger" });
    /** @private */
    this.cancel = element("button", { type: "button", autofocus: "" }, "Cancel");
    this.cancel.addEventListener("click", () => this.dialog.close());
    const form = element("form", { method: "dialog" }, this.cancel, this.go);
    /** @private */
    this.dialog = element(
      "dialog",
      { class: "help removal", "aria-labelledby": "removal-title" },
      this.title,
      this.text,
      this.list,
      form,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.remove();
    });
    document.body.append(this.dialog);
    /** @private what was confirmed: these generations, and no others @type {Stream[]} */
    this.streams = [];
  }

  /** @param {Stream[]} streams */
  ask(streams) {
    // As they are now: the list goes on while somebody reads this.
    this.streams = streams.map((stream) => ({ ...stream }));
    const count = streams.length;
    const bytes = streams.reduce((sum, stream) => sum + bytesOf(stream), 0);
    const what = count === 1 ? streams[0].name : `${formatCount(count)} segments`;
    setText(this.title, `Remove ${what}?`);
    setText(
      this.text,
      `${formatBytes(bytes)} of memory become free, as far as no reader holds them. This cannot be undone.`,
    );
    this.list.replaceChildren(...this.streams.map((stream) => element("li", {}, ...description(stream))));
    setText(this.go, count === 1 ? "Remove it" : `Remove all ${formatCount(count)}`);
    this.go.hidden = false;
    setText(this.cancel, "Cancel");
    this.dialog.showModal();
    this.cancel.focus();
  }

  /** @private */
  async remove() {
    this.go.hidden = true;
    const items = [...this.list.children];
    const results = await Promise.all(
      this.streams.map(async (stream, i) => {
        try {
          await this.server.remove(stream);
          items[i].classList.add("done");
          return true;
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          items[i].append(element("p", { class: "refused" }, `Not removed: ${why}`));
          return false;
        }
      }),
    );
    const left = results.filter((isDone) => !isDone).length;
    this.onDone();
    if (left === 0) {
      this.dialog.close();
      return;
    }
    setText(this.title, left === results.length ? "Nothing was removed" : "Not all were removed");
    setText(this.text, `${formatCount(results.length - left)} of ${formatCount(results.length)} are gone.`);
    setText(this.cancel, "Close");
  }
}

/** @param {Stream} stream @returns {(Node | string)[]} */
function description(stream) {
  const { name, kind, state, persist, readers } = stream;
  const notes = [`${kind}, ${formatBytes(bytesOf(stream))}`];
  notes.push(state === "gone" ? "its writer died" : "its writer ended it");
  if (persist) notes.push("meant to stay by its writer");
  if (readers > 0) {
    notes.push(`${readers === 1 ? "a reader keeps" : `${readers} readers keep`} its memory until they let it go`);
  }
  return [element("b", {}, name), " ", element("span", { class: "muted" }, notes.join("; "))];
}

/** The buttons that begin it. */
export class RemovalButtons {
  /** @param {Removal} removal @param {() => {selected: Stream[], leftovers: Stream[]}} now */
  constructor(removal, now) {
    /** @private */
    this.selected = find("#remove-selected", HTMLButtonElement);
    /** @private */
    this.leftovers = find("#remove-leftovers", HTMLButtonElement);
    this.selected.addEventListener("click", () => removal.ask(now().selected));
    this.leftovers.addEventListener("click", () => removal.ask(now().leftovers));
  }

  /** @param {Stream[]} selected @param {Stream[]} leftovers @param {boolean} isAllowed */
  show(selected, leftovers, isAllowed) {
    this.selected.hidden = !isAllowed || selected.length === 0;
    setText(this.selected, `Remove ${formatCount(selected.length)} selected …`);
    this.leftovers.hidden = !isAllowed || leftovers.length === 0 || selected.length > 0;
    const count = leftovers.length;
    setText(this.leftovers, count === 1 ? "Remove the leftover …" : `Remove all ${formatCount(count)} leftovers …`);
  }
}
