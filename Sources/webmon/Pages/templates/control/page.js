// @ts-check
/**
 * The panel of an instrument: forms call the commands of a producer, and values come live from its log.
 * What there is to call and to see stands in index.html; this file need not change for another.
 */

import { find, setText } from "/shell/element.js";
import { formatLatency } from "/shell/format.js";
import { openShell } from "/shell/shell.js";

/** The log that the values are from. */
const log = "instrument";

const outcome = find("#outcome", HTMLElement);
const note = find("#note", HTMLElement);
const forms = [...document.querySelectorAll("form")];
/** @type {HTMLElement[]} */
const values = [...document.querySelectorAll("[data-value]")].filter((e) => e instanceof HTMLElement);

const { server } = openShell({ about: "Commands of an instrument, and what it tells of itself." });

/** The producer that takes a command now, and how it declared it. @param {string} name */
function declared(name) {
  for (const { target, state, commands } of server.commands) {
    const command = commands.find((each) => each.name === name);
    if (command !== undefined && state === "live") return { target, command };
  }
  return null;
}

/** The arguments of a command from a form's inputs, in the types that were declared. @param {HTMLFormElement} form @param {import("/webmon.js").Command} command */
function argumentsOf(form, command) {
  /** @type {{[name: string]: unknown}} */
  const args = {};
  for (const { name, type } of command.args) {
    const input = form.elements.namedItem(name);
    if (input instanceof HTMLInputElement && input.type === "checkbox") args[name] = input.checked;
    else if (input instanceof HTMLInputElement || input instanceof HTMLSelectElement) {
      args[name] = type === "int" || type === "float" ? Number(input.value) : input.value;
    }
  }
  return args;
}

/** @param {HTMLFormElement} form */
async function call(form) {
  const name = form.dataset.command ?? "";
  const found = declared(name);
  if (found === null) return;
  const args = argumentsOf(form, found.command);
  const begin = performance.now();
  delete outcome.dataset.failed;
  try {
    const value = await server.call(name, args, { target: found.target });
    const said = value === null ? "done" : JSON.stringify(value);
    setText(outcome, `${name}: ${said} (${formatLatency(performance.now() - begin)})`);
  } catch (error) {
    outcome.dataset.failed = "";
    setText(outcome, error instanceof Error ? error.message : String(error));
  }
}

for (const form of forms) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    call(form);
  });
  const showNumbers = () => {
    for (const output of form.querySelectorAll("output")) {
      const input = form.elements.namedItem(output.htmlFor.value);
      if (input instanceof HTMLInputElement) setText(output, input.value);
    }
  };
  form.addEventListener("input", showNumbers);
  // A slider calls when it is let go: not for all that it passes.
  if (form.dataset.when === "change") form.addEventListener("change", () => call(form));
  showNumbers();
}

/** Only what a live producer declares can be used. */
function enable() {
  for (const form of forms) form.inert = declared(form.dataset.command ?? "") === null;
}
server.on("commands", enable);
server.on("state", enable);
enable();

server.subscribe(log, {
  backlog: 1,
  onFrame: ({ records }) => {
    const newest = records.row(records.length - 1);
    for (const element of values) {
      const value = newest[element.dataset.value ?? ""];
      const digits = element.dataset.digits;
      const isNumber = typeof value === "number" && digits !== undefined;
      setText(element, value === undefined ? "–" : isNumber ? value.toFixed(Number(digits)) : String(value));
    }
    note.hidden = true;
  },
  onWaiting: (reason) => {
    setText(note, `Waiting for a log with the name ${log}: ${reason}`);
    note.hidden = false;
  },
});
