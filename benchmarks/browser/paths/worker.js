// @ts-check
/** Receives for a page, to which every buffer is handed over; ended by the page. */

import { receive } from "./receive.js";

addEventListener("message", async ({ data: source }) => {
  try {
    await receive(source, (buffer, messages) => {
      postMessage({ buffer, messages }, { transfer: [buffer] });
      return true;
    });
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
