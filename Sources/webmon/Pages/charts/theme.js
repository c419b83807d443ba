// @ts-check
/**
 * The page's colours as a configuration of Vega-Lite.
 */

/** Told apart by people who see fewer colours too (Okabe and Ito), darker or lighter by the ground. */
const categories = {
  light: ["#0b62b0", "#c4560a", "#00835f", "#a83e82", "#8a6d00", "#2f8fbf", "#6b4fb3", "#5b636b"],
  dark: ["#6bb3f2", "#f2a05c", "#3fc79a", "#e08fc0", "#e3c64a", "#8fd3f0", "#b6a2f0", "#949ca5"],
};

/** Styles that a spec may name with `style`, by the custom property that has the colour. */
const styles = { accent: "--accent", muted: "--muted", gap: "--gone", warning: "--waiting", good: "--live" };

/** @returns {object} */
export function chartTheme() {
  const computed = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => computed.getPropertyValue(name).trim();
  const isDark = computed.colorScheme.includes("dark");
  const font = computed.getPropertyValue("--font").trim();
  const text = { labelColor: colour("--muted"), titleColor: colour("--muted") };
  return {
    background: null,
    font,
    padding: { left: 2, right: 8, top: 6, bottom: 2 },
    view: { stroke: null },
    axis: {
      ...text,
      gridColor: colour("--line"),
      gridOpacity: 0.6,
      domainColor: colour("--line"),
      tickColor: colour("--line"),
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: "normal",
      labelOverlap: "greedy",
    },
    // Room for four letters, so that the plot does not move with its labels.
    axisY: { minExtent: 34 },
    legend: { ...text, labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal", symbolSize: 60, symbolOpacity: 1 },
    title: { color: colour("--text"), fontSize: 12, fontWeight: 600, anchor: "start" },
    range: { category: categories[isDark ? "dark" : "light"] },
    mark: { color: colour("--accent") },
    rule: { color: colour("--muted") },
    text: { color: colour("--text"), fontSize: 11 },
    style: Object.fromEntries(
      Object.entries(styles).map(([name, property]) => [name, { color: colour(property) }]),
    ),
  };
}
