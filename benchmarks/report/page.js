// @ts-check
/** Draws the charts of the report in the colours of the page, and again when those change or the page gets another width. */

/** @typedef {{[key: string]: any}} Spec */

const vegaEmbed = /** @type {any} */ (globalThis).vegaEmbed;
/** @type {{[id: string]: Spec}} */
const charts = JSON.parse(document.getElementById("charts")?.textContent ?? "{}");
const dark = matchMedia("(prefers-color-scheme: dark)");
/** Below this width legends have one column, and the names of bars have several lines. */
const narrow = 520;
const lines = String.raw`split(trim(replace(datum.label, regexp('(.{1,19})( |$)', 'g'), '$1\n')), '\n')`;

/** Of contenders by kind; the first of a kind gets the first colour. Each is told from both grounds. */
const colours = {
  webmon: ["#2f86d6", "#5ab0c8", "#3557c7", "#7d6fd0", "#1f9e9e"],
  limit: ["#8a9199", "#5f6770", "#b0a89a"],
  peer: ["#e08a2c", "#3f9e58", "#c65b9b", "#b8a21c", "#d1554a", "#8a6a4a", "#7fa32b", "#a06ad0", "#d48a7a", "#4f8a7a", "#c9822a", "#6b7fb0"],
};

/**
 * The spec with colours by kind, where it left them to the page.
 *
 * @param {any} part
 * @param {boolean} isNarrow
 * @returns {any}
 */
function coloured(part, isNarrow) {
  if (Array.isArray(part)) return part.map((one) => coloured(one, isNarrow));
  if (part === null || typeof part !== "object") return part;
  const made = Object.fromEntries(Object.entries(part).map(([key, one]) => [key, key === "data" ? one : coloured(one, isNarrow)]));
  if (part.field === "kind" && part.scale?.domain) made.scale = { domain: part.scale.domain, range: part.scale.domain.map((/** @type {keyof colours} */ kind) => colours[kind][0]) };
  if (part.type === "nominal" && part.sort !== undefined && part.title === null && isNarrow) made.axis = { labelExpr: lines, labelLineHeight: 11 };
  if (part.kinds !== undefined) {
    const taken = { webmon: 0, limit: 0, peer: 0 };
    // Where there is webmon alone, its ways have to be told from each other.
    const ways = part.kinds.every((/** @type {string} */ kind) => kind === "webmon") ? { ...colours, webmon: [colours.webmon[0], ...colours.peer] } : colours;
    made.scale = { ...part.scale, range: part.kinds.map((/** @type {keyof colours} */ kind) => ways[kind][taken[kind]++ % ways[kind].length]) };
    made.legend = { orient: "bottom", columns: isNarrow ? 1 : 3, labelLimit: isNarrow ? 280 : 260, symbolType: "stroke", symbolStrokeWidth: 3, symbolOpacity: 1 };
    delete made.kinds;
  }
  return made;
}

/** @param {boolean} isNarrow */
function config(isNarrow) {
  const style = getComputedStyle(document.body);
  /** @param {string} name */
  const colour = (name) => {
    // light-dark() is resolved where it is used, not in the custom property.
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(--${name})`;
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const [text, muted, line] = [colour("text"), colour("muted"), colour("line")];
  return {
    background: "transparent",
    font: style.fontFamily,
    view: { stroke: null },
    axis: { labelColor: muted, titleColor: muted, gridColor: line, domainColor: line, tickColor: line, labelLimit: isNarrow ? 130 : 260, titleFontWeight: "normal", titleLimit: isNarrow ? 300 : 700, labelFontSize: 11, titleFontSize: 11 },
    legend: { labelColor: text, titleColor: muted, labelFontSize: 11 },
    rule: { color: text },
    bar: { color: colours.webmon[0] },
  };
}

/** @type {{finalize: () => void}[]} */
let drawn = [];
/** Of the newest drawing; an older one stops. */
let turn = 0;

async function draw() {
  const mine = ++turn;
  const isNarrow = innerWidth < narrow;
  const theme = config(isNarrow);
  for (const one of drawn.splice(0)) one.finalize();
  for (const [id, spec] of Object.entries(charts)) {
    drawn.push(await vegaEmbed(`#${id}`, { ...coloured(spec, isNarrow), width: "container", config: theme }, { actions: false, renderer: "svg" }));
    if (mine !== turn) return;
  }
  document.documentElement.dataset.drawn = String(drawn.length);
}

let wasNarrow = innerWidth < narrow;
dark.addEventListener("change", () => void draw());
addEventListener("resize", () => {
  if (wasNarrow === innerWidth < narrow) return;
  wasNarrow = !wasNarrow;
  void draw();
});
await draw();
