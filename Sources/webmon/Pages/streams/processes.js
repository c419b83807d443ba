// @ts-check
/**
 * Who has a segment open: asked for while its details are.
 */

import { element, setText } from "../shell/element.js";

/** @typedef {import("../client/server.js").StreamProcess} StreamProcess */

/** Milliseconds between two questions. */
const every = 3000;

export class Processes {
  /** @param {import("../webmon.js").Server} server @param {string} name */
  constructor(server, name) {
    /** @private */
    this.server = server;
    /** @private */
    this.name = name;
    /** @private */
    this.list = element("dl", { class: "facts" });
    /** @private */
    this.note = element("p", { class: "muted" }, "…");
    this.element = element(
      "section",
      {},
      element("h3", { title: "Processes of the server's user, as /proc tells them" }, "Open in"),
      this.note,
      this.list,
    );
    /** @private */
    this.askedAt = -Infinity;
    /** @private */
    this.shown = "";
  }

  /** To be called while it is seen. */
  async update() {
    const now = performance.now();
    if (now - this.askedAt < every || this.server.state.phase !== "connected") return;
    this.askedAt = now;
    try {
      this.show(await this.server.processes(this.name));
    } catch (error) {
      setText(this.note, error instanceof Error ? error.message : String(error));
      this.note.hidden = false;
    }
  }

  /** @private @param {StreamProcess[]} processes */
  show(processes) {
    setText(this.note, processes.length === 0 ? "no process of this user" : "");
    this.note.hidden = processes.length > 0;
    const text = JSON.stringify(processes);
    if (text === this.shown) return;
    this.shown = text;
    this.list.replaceChildren(
      ...processes.flatMap((process) => [
        element("dt", {}, String(process.pid)),
        element("dd", {}, process.program, " ", element("span", { class: "muted" }, role(process))),
      ]),
    );
  }
}

/** @param {StreamProcess} process */
function role({ writer, subscribed, leases }) {
  const roles = [];
  if (writer) roles.push("writes");
  if (subscribed) roles.push("reads");
  if (leases > 0) roles.push(leases === 1 ? "uses a slot" : `uses ${leases} slots`);
  return roles.length === 0 ? "has it open" : roles.join(", ");
}
