// @ts-check
/**
 * Vega-Lite, which comes from a package when the server is built.
 */

import { SpecError } from "./spec.js";

/**
 * What Vega-Embed gives for a spec, as far as it is used: Vega's view, and the spec in Vega's terms.
 *
 * @typedef {object} Embedded
 * @property {any} view
 * @property {{data?: {name: string}[], signals?: {name: string}[]}} vgSpec
 * @property {() => void} finalize
 */

/** @typedef {(place: HTMLElement, spec: object, options: object) => Promise<Embedded>} Embed */

const address = "/vega/vega.js";

/** @type {Promise<Embed> | null} */
let loading = null;

/**
 * @returns {Promise<Embed>}
 * @throws {SpecError} where the server has none
 */
export function loadEmbed() {
  loading ??= load();
  // What failed is tried again by the next chart: the server may have been away.
  loading.catch(() => (loading = null));
  return loading;
}

async function load() {
  linkStyle();
  try {
    const { vegaEmbed } = await import(address);
    return vegaEmbed;
  } catch (error) {
    const answer = await fetch(address, { method: "HEAD" }).catch(() => null);
    if (answer === null) throw new SpecError(`No server answers at ${location.host}.`);
    if (answer.status !== 404) throw new SpecError(`${address} cannot be used: ${error}`);
    throw new SpecError(
      `The server has no ${address}. It is made with the server: run "make charts" and reload, ` +
        "or name the folder that has it in WEBMON_CHARTS when the server starts.",
    );
  }
}

function linkStyle() {
  const href = new URL("chart.css", import.meta.url).href;
  const links = [...document.querySelectorAll("link")];
  if (links.some((link) => link.href === href)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = href;
  document.head.append(link);
}

/**
 * Vega's loader of data and images: from this server alone.
 *
 * @param {(problem: string) => void} tell what could not be loaded: Vega goes on without it
 */
export function sameOriginLoader(tell) {
  /** @param {string} uri */
  const sanitize = async (uri) => {
    const url = new URL(uri, document.baseURI);
    if (url.origin !== location.origin) {
      const problem = `${uri} is not on this server: a spec may load from ${location.origin} only`;
      tell(problem);
      throw new SpecError(problem);
    }
    return { href: url.href };
  };
  /** @param {string} uri */
  const load = async (uri) => {
    const { href } = await sanitize(uri);
    const response = await fetch(href);
    if (!response.ok) {
      const problem = `${uri}: the server answers ${response.status}`;
      tell(problem);
      throw new SpecError(problem);
    }
    return response.text();
  };
  return { sanitize, load, http: load, file: load };
}
