// @ts-check
/**
 * A tab for each page that the server has, kept up to date: a new page appears with no reload.
 */

import { lastAddress } from "./address.js";
import { element } from "./element.js";

/** Milliseconds between two looks, while the page is seen and connected. */
const every = 3000;

/** @typedef {{name: string, title: string, path: string}} Page */

/**
 * @param {HTMLElement} nav
 * @param {import("../webmon.js").Server} server
 */
export function followTabs(nav, server) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let shown = "";
  const look = async () => {
    clearTimeout(timer);
    const pages = await listPages();
    const text = JSON.stringify(pages);
    if (pages !== null && text !== shown) {
      shown = text;
      nav.replaceChildren(...pages.map(makeTab));
      nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    clearTimeout(timer);
    timer = setTimeout(lookIfUseful, every);
  };
  // The badge says it when the server is gone; a hidden tab is looked after when it is seen again.
  const lookIfUseful = () => {
    if (server.state.phase === "connected" && document.visibilityState === "visible") void look();
  };
  server.on("state", lookIfUseful);
  document.addEventListener("visibilitychange", lookIfUseful);
  void look();
}

/** @returns {Promise<Page[] | null>} null if the server does not answer: what is there stays */
async function listPages() {
  try {
    const response = await fetch("/api/pages");
    return response.ok ? (await response.json()).pages : null;
  } catch {
    return null;
  }
}

/** @param {Page} page */
function makeTab({ title, path }) {
  const here = location.pathname === path;
  const link = element("a", { href: here ? path : lastAddress(path) }, title);
  // The page's state may have changed since the tab was made.
  if (!here) link.addEventListener("pointerdown", () => link.setAttribute("href", lastAddress(path)));
  if (here) link.setAttribute("aria-current", "page");
  return link;
}
