// @ts-check
/**
 * The section `Commands`: who takes which, each with a form made from its declaration.
 */

import { element, setText } from "../shell/element.js";
import { CommandForm } from "./command_form.js";

/** @typedef {import("../client/calls.js").CommandTarget} CommandTarget */

/**
 * @param {HTMLElement} section is hidden while nobody takes commands
 * @param {import("../webmon.js").Server} server
 */
export function showCommands(section, server) {
  /** @type {Map<string, Target>} */
  const shown = new Map();
  const show = () => {
    const targets = server.commands.filter(({ commands }) => commands.length > 0);
    for (const [name, target] of shown) {
      if (targets.some((news) => news.target === name)) continue;
      target.element.remove();
      shown.delete(name);
    }
    targets.forEach((news, index) => {
      const target = shown.get(news.target) ?? new Target(news.target, server);
      shown.set(news.target, target);
      target.update(news);
      // The heading is the first child; what stands where it belongs is not moved.
      const place = section.children[index + 1];
      if (place !== target.element) section.insertBefore(target.element, place ?? null);
    });
    section.hidden = targets.length === 0;
  };
  server.on("commands", show);
  show();
}

/** One producer. */
class Target {
  /** @param {string} name @param {import("../webmon.js").Server} server */
  constructor(name, server) {
    /** @private */
    this.name = name;
    /** @private */
    this.server = server;
    /** @private */
    this.state = element("span");
    const dot = element("span", { class: "dot", "aria-hidden": "true" });
    /** @private @type {Map<string, {declared: string, form: CommandForm}>} */
    this.forms = new Map();
    this.element = element(
      "section",
      { class: "target", "aria-label": `Commands of ${name}` },
      element("h3", {}, element("span", {}, name), dot, this.state),
    );
  }

  /** @param {CommandTarget} news */
  update({ state, commands }) {
    this.element.dataset.state = state;
    setText(this.state, state);
    for (const [name, { form }] of this.forms) {
      if (commands.some((command) => command.name === name)) continue;
      form.element.remove();
      this.forms.delete(name);
    }
    for (const command of commands) {
      const declared = JSON.stringify(command);
      const known = this.forms.get(command.name);
      // Made anew only if the declaration changed: what somebody has typed must last.
      if (known?.declared !== declared) {
        const form = new CommandForm(command, (args) =>
          this.server.call(command.name, args, { target: this.name }),
        );
        if (known === undefined) this.element.append(form.element);
        else known.form.element.replaceWith(form.element);
        this.forms.set(command.name, { declared, form });
      }
      this.forms.get(command.name)?.form.enable(state === "live");
    }
  }
}
