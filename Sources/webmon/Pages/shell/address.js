// @ts-check
/**
 * The state of a page is in its address: a copied link opens the same view.
 */

import { rememberPage } from "./last_page.js";
import { recall, remember } from "./memory.js";

/** @param {string} key */
export function readAddress(key) {
  return new URLSearchParams(location.search).get(key);
}

/** @type {Map<string, string | null>} */
const changes = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Changes the address without a new entry in the history. Changes are gathered for a moment:
 * browsers refuse pages that write their address many times a second.
 *
 * @param {{[key: string]: string | null}} values null takes the key out
 */
export function writeAddress(values) {
  for (const [key, value] of Object.entries(values)) changes.set(key, value);
  timer ??= setTimeout(flushAddress, 200);
}

/** Writes what `writeAddress` gathered now. */
export function flushAddress() {
  clearTimeout(timer);
  timer = undefined;
  const search = changedQuery(Object.fromEntries(changes));
  changes.clear();
  if (search !== location.search) {
    history.replaceState(history.state, "", `${location.pathname}${search}${location.hash}`);
  }
  remember(addressKey(location.pathname), search, "session");
  rememberPage();
}

/**
 * The address's query with some changes.
 *
 * @param {{[key: string]: string | null}} values null takes the key out
 */
export function changedQuery(values) {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(values)) {
    if (value === null) query.delete(key);
    else query.set(key, value);
  }
  // Commas, colons and slashes are allowed in a query and read better bare.
  const text = query.toString().replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%2F/g, "/");
  return text === "" ? "" : `?${text}`;
}

/**
 * A page's address as it was left in this tab, so that going to another page and back keeps it.
 *
 * @param {string} path of the page
 */
export function lastAddress(path) {
  return path + (recall(addressKey(path), "session") ?? "");
}

/** @param {string} path */
function addressKey(path) {
  return `webmon.address.${path}`;
}

addEventListener("pagehide", flushAddress);
