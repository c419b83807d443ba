// @ts-check
/**
 * Elements without markup in strings: what comes from a stream is always text.
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{[attribute: string]: string}} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * The element that a page is written with.
 *
 * @template {Element} Type
 * @param {string} selector
 * @param {new () => Type} type
 * @param {ParentNode} [parent]
 * @returns {Type}
 */
export function find(selector, type, parent = document) {
  const found = parent.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} that matches "${selector}"`);
}

/**
 * Sets an element's text if it is another one: what did not change must not be laid out again.
 *
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * @param {HTMLElement} button
 * @param {() => string} text
 */
export function copyOnClick(button, text) {
  const label = button.textContent ?? "";
  button.addEventListener("click", async () => {
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      // No clipboard without a secure context: the text can still be taken by hand.
      said = "Select and copy";
      const line = button.parentElement?.querySelector("code");
      if (line) getSelection()?.selectAllChildren(line);
    }
    setText(button, said);
    setTimeout(() => setText(button, label), 1500);
  });
}
