// @ts-check
/**
 * The `?` help: what the page does and its keys; and the keys themselves.
 */

import { element } from "./element.js";

/**
 * @typedef {object} Key
 * @property {string} key as `KeyboardEvent.key` names it
 * @property {string} [label] what the help calls it, if not `key`
 * @property {string} does
 * @property {(event: KeyboardEvent) => void} [act] left out where another part handles the key
 */

/**
 * @param {HTMLButtonElement} button opens the help
 * @param {string} about one or two sentences
 * @param {readonly Key[]} keys
 */
export function installHelp(button, about, keys) {
  const list = element("dl", { class: "keys" });
  const rows = [...keys, { key: "?", does: "this help" }];
  for (const { key, label, does } of rows) {
    list.append(element("dt", {}, element("kbd", {}, label ?? key)), element("dd", {}, does));
  }
  const close = element("button", { value: "close" }, "Close");
  const dialog = element(
    "dialog",
    { class: "help", "aria-labelledby": "help-title" },
    element("h2", { id: "help-title" }, "Help"),
    element("p", {}, about),
    list,
    element("form", { method: "dialog" }, close),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  button.addEventListener("click", () => dialog.showModal());

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "?") {
      event.preventDefault();
      if (dialog.open) dialog.close();
      else dialog.showModal();
      return;
    }
    if (dialog.open) return;
    const found = keys.find(({ key, act }) => key === event.key && act !== undefined);
    if (found === undefined) return;
    event.preventDefault();
    found.act?.(event);
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
