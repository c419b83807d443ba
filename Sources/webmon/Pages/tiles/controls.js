// @ts-check
/**
 * The producer's commands that belong to its tiles, each with a form made from its declaration.
 */

import { CommandForm } from "../streams/command_form.js";

/** @typedef {import("./declaration.js").Declaration} Declaration */

export class Controls {
  /**
   * @param {HTMLElement} section is hidden while there are none
   * @param {HTMLElement} list
   * @param {import("../webmon.js").Server} server
   */
  constructor(section, list, server) {
    /** @private */
    this.section = section;
    /** @private */
    this.list = list;
    /** @private */
    this.server = server;
    /** @private @type {Declaration | null} */
    this.declaration = null;
    /** @private @type {Map<string, {declared: string, form: CommandForm}>} by target and name */
    this.forms = new Map();
    server.on("commands", () => this.show());
  }

  /** @param {Declaration | null} declaration */
  begin(declaration) {
    this.declaration = declaration;
    this.show();
  }

  /** Whether the producer takes a command now. @param {string} name */
  has(name) {
    return name !== "" && this.target?.state === "live" && this.target.commands.some((command) => command.name === name);
  }

  /** @private */
  get target() {
    const { declaration, server } = this;
    return server.commands.find(({ target }) => target === declaration?.target);
  }

  /** @private */
  show() {
    const { declaration, target, forms } = this;
    const names = declaration?.commands;
    const wanted = (target?.commands ?? []).filter(({ name }) => names === null || names?.includes(name));
    /** @type {Map<string, {declared: string, form: CommandForm}>} */
    const next = new Map();
    for (const command of wanted) {
      const declared = JSON.stringify(command);
      const key = `${target?.target} ${command.name}`;
      const known = forms.get(key);
      // Made anew only if the declaration changed: what somebody has typed must last.
      const form =
        known?.declared === declared
          ? known.form
          : new CommandForm(command, (args) => this.server.call(command.name, args, { target: target?.target }));
      form.enable(target?.state === "live");
      next.set(key, { declared, form });
    }
    for (const [key, { form }] of forms) {
      if (next.get(key)?.form !== form) form.element.remove();
    }
    [...next.values()].forEach(({ form }, index) => {
      if (this.list.children[index] !== form.element) this.list.insertBefore(form.element, this.list.children[index] ?? null);
    });
    this.forms = next;
    this.section.hidden = next.size === 0;
  }
}
