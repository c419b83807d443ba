// @ts-check
/**
 * What all pages have in common: tabs, the connection's state, light and dark, and help.
 *
 *     import { openShell } from "/shell/shell.js";
 *     const { server } = openShell({ about: "What this page shows.", keys: [] });
 *
 * The page has `<header class="shell"></header>` as the first element of its body, links
 * /webmon.css and runs /shell/theme.js in its head.
 */

import { Server } from "../webmon.js";
import { lastAddress } from "./address.js";
import { showConnection } from "./connection.js";
import { element, find } from "./element.js";
import { installHelp } from "./help.js";
import { rememberPage } from "./last_page.js";

/**
 * @param {{about: string, keys: readonly import("./help.js").Key[]}} page
 * @returns {{server: Server}}
 */
export function openShell({ about, keys }) {
  const server = new Server();
  const tabs = element("nav", { class: "tabs", "aria-label": "Pages" });
  const badge = element("span", { class: "connection", role: "status" });
  const theme = element("button", { type: "button", class: "quiet theme" });
  const help = element(
    "button",
    { type: "button", class: "quiet", "aria-label": "Help", title: "Help (?)" },
    "?",
  );
  const notice = element("div", { class: "notice", role: "alert", hidden: "" });
  const header = find("header.shell", HTMLElement);
  header.append(element("span", { class: "brand" }, "webmon"), tabs, badge, theme, help);
  header.after(notice);

  showConnection(server, badge, notice);
  installThemeSwitch(theme);
  installHelp(help, about, keys);
  showTabs(tabs);
  rememberPage();
  // The server reads its pages anew at each request: a new one appears with no reload.
  server.on("state", ({ phase }) => phase === "connected" && showTabs(tabs));
  // Going back in history may bring a page that was frozen with its connection cut.
  addEventListener("pageshow", () => server.retry());
  return { server };
}

/** @param {HTMLElement} tabs */
async function showTabs(tabs) {
  /** @type {{pages: {name: string, title: string, path: string}[]}} */
  let list;
  try {
    const response = await fetch("/api/pages");
    if (!response.ok) return;
    list = await response.json();
  } catch {
    return; // The tabs that are there stay; the badge says that the server is gone.
  }
  const links = list.pages.map(({ title, path }) => {
    const here = location.pathname === path;
    const link = element("a", { href: here ? path : lastAddress(path) }, title);
    if (here) link.setAttribute("aria-current", "page");
    return link;
  });
  tabs.replaceChildren(...links);
}

const themes = /** @type {const} */ (["auto", "light", "dark"]);
const themeSigns = { auto: "◐", light: "○", dark: "●" };

/** @param {HTMLButtonElement} button */
function installThemeSwitch(button) {
  const root = document.documentElement;
  const current = () => themes.find((name) => name === root.dataset.theme) ?? "auto";
  const show = () => {
    const name = current();
    const next = themes[(themes.indexOf(name) + 1) % themes.length];
    button.textContent = themeSigns[name];
    button.title = `Colours: ${name}. Switch to ${next}`;
    button.setAttribute("aria-label", button.title);
  };
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(current()) + 1) % themes.length];
    if (next === "auto") {
      delete root.dataset.theme;
      localStorage.removeItem("webmon.theme");
    } else {
      root.dataset.theme = next;
      localStorage.setItem("webmon.theme", next);
    }
    show();
    document.dispatchEvent(new CustomEvent("themechange"));
  });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", () => {
    document.dispatchEvent(new CustomEvent("themechange"));
  });
  show();
}
