// @ts-check
/**
 * Buttons that tools are made of.
 */

import { copyOnClick, element } from "../shell/element.js";
import { saveText } from "./save.js";

/**
 * @param {string} text
 * @param {string} title
 * @param {() => void} act
 */
export function makeButton(text, title, act) {
  const button = element("button", { type: "button", title }, text);
  button.addEventListener("click", act);
  return button;
}

/**
 * What a pane with numbers has at its head: copy, save, close.
 *
 * @param {string} closing what the last one does
 * @param {object} actions
 * @param {() => string} actions.text the numbers as comma-separated values
 * @param {() => string} actions.name of the file
 * @param {() => void} actions.onClose
 */
export function makeTableButtons(closing, { text, name, onClose }) {
  const title = "The numbers as comma-separated values";
  const copy = element("button", { type: "button", class: "first", title }, "Copy");
  copyOnClick(copy, text);
  const save = makeButton("CSV", `${title}, as a file`, () => saveText(name(), text()));
  save.setAttribute("aria-label", "Save CSV");
  const close = makeButton("×", closing, onClose);
  close.className = "quiet close";
  close.setAttribute("aria-label", closing);
  return { copy, save, close };
}
