// @ts-check
/**
 * What all pages have in common: tabs, the connection's state, light and dark, and help.
 *
 *     import { openShell } from "/shell/shell.js";
 *     const { server } = openShell({ about: "What this page shows." });
 *
 * The page has `<header class="shell"></header>` as the first element of its body, links
 * /webmon.css and runs /shell/theme.js in its head.
 */

import { Server } from "../webmon.js";
import { showConnection } from "./connection.js";
import { openEmbedded } from "./embed.js";
import { element, find } from "./element.js";
import { installHelp } from "./help.js";
import { rememberPage } from "./last_page.js";
import { remember } from "./memory.js";
import { followTabs } from "./tabs.js";

/**
 * @param {{about: string, keys?: readonly import("./help.js").Key[]}} page
 * @returns {{server: Server}}
 */
export function openShell({ about, keys = [] }) {
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
  if (document.documentElement.dataset.embed === undefined) followTabs(tabs, server);
  else openEmbedded();
  rememberPage();
  // Going back in history may bring a page that was frozen with its connection cut.
  addEventListener("pageshow", () => server.retry());
  return { server };
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
      remember("webmon.theme", null);
    } else {
      root.dataset.theme = next;
      remember("webmon.theme", next);
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
