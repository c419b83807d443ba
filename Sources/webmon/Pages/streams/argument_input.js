// @ts-check
/**
 * An input for one argument of a command, and how a value comes out of it.
 */

import { element } from "../shell/element.js";

/** @typedef {import("../client/calls.js").CommandArgument} CommandArgument */

/**
 * @typedef {object} ArgumentInput
 * @property {string} name
 * @property {HTMLLabelElement} label with the input in it
 * @property {() => unknown} read the value, undefined to leave it out; throws what is wrong with it
 */

/**
 * @param {CommandArgument} argument
 * @returns {ArgumentInput}
 */
export function makeInput(argument) {
  const { name, type } = argument;
  const { input, read } = makeControl(argument);
  const label = element(
    "label",
    { class: type === "bool" ? "argument check" : "argument", title: describe(argument) },
    element("span", {}, name),
    input,
  );
  return { name, label, read };
}

/** @param {CommandArgument} argument */
function describe({ type, nullable, help }) {
  const kind = `${type}${nullable ? ", or nothing" : ""}`;
  return help === "" ? kind : `${help} (${kind})`;
}

/** @param {CommandArgument} argument */
function makeControl(argument) {
  if (argument.choices !== undefined) return makeChoice(argument, argument.choices);
  if (argument.type === "bool") {
    return argument.nullable ? makeChoice(argument, [true, false]) : makeCheckbox(argument);
  }
  return makeField(argument);
}

/** @param {CommandArgument} argument */
function makeCheckbox(argument) {
  const input = element("input", { type: "checkbox" });
  input.checked = argument.default === true;
  return { input, read: () => input.checked };
}

/** @param {CommandArgument} argument @param {unknown[]} choices */
function makeChoice(argument, choices) {
  const values = argument.nullable ? [null, ...choices] : choices;
  const input = element("select");
  for (const value of values) {
    input.append(element("option", {}, value === null ? "–" : String(value)));
  }
  const preset = values.findIndex((value) => value === argument.default);
  input.selectedIndex = Math.max(0, preset);
  return { input, read: () => values[input.selectedIndex] };
}

/** @param {CommandArgument} argument */
function makeField(argument) {
  const { name, type, nullable } = argument;
  const isNumber = type === "int" || type === "float";
  const isText = type === "str";
  const input = element("input", { type: isNumber ? "number" : "text", autocomplete: "off" });
  input.spellcheck = false;
  if (isNumber) input.step = type === "int" ? "1" : "any";
  if (!isNumber && !isText) {
    input.classList.add("json");
    input.placeholder = type === "list" ? "[1, 2]" : type === "dict" ? '{"key": 1}' : "JSON";
  }
  const preset = argument.default;
  if (preset !== undefined && preset !== null) {
    input.value = isText || isNumber ? String(preset) : JSON.stringify(preset);
  }
  const read = () => {
    const text = input.value;
    // A number's field is also empty while what stands in it is no number.
    if (isNumber && input.validity.badInput) throw new Error(`${name}: a number is needed`);
    if (text === "" && nullable) return null;
    if (text === "" && !isText) return undefined;
    if (isText) return text;
    if (isNumber) return Number(text);
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${name}: ${text} is not JSON`);
    }
  };
  return { input, read };
}
