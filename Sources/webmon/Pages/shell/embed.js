// @ts-check
/**
 * A page in a frame of another one, as in a notebook (`?embed=1`): without its tabs, with a link
 * that opens it alone, and leaving the wheel to the page around it until it is clicked.
 */

import { changedQuery, flushAddress } from "./address.js";
import { element } from "./element.js";

export function openEmbedded() {
  const link = element(
    "a",
    { class: "open-alone", target: "_blank", rel: "noopener", title: "Open this page in a tab of its own" },
    "Open",
  );
  const point = () => {
    flushAddress();
    link.href = location.pathname + changedQuery({ embed: null });
  };
  point();
  // The address changes with what is looked at.
  for (const type of ["pointerdown", "focus"]) link.addEventListener(type, point);
  document.body.append(link);

  let isUsed = false;
  for (const type of ["pointerdown", "focus", "keydown"]) {
    addEventListener(type, () => (isUsed = true), { capture: true });
  }
  addEventListener("blur", () => (isUsed = false));
  // Caught before the page's own listeners: what nobody prevents scrolls the page around.
  addEventListener(
    "wheel",
    (event) => {
      if (!isUsed) event.stopImmediatePropagation();
    },
    { capture: true, passive: true },
  );
}
