// @ts-check
/**
 * Watches a shared napari viewer as the Tile Viewer does, and says in the page's title when each view came: JSON with `views`, a list
 * of [left edge of the view, seconds since 1970 when the page had it].
 *
 * The address says for how many seconds (`seconds`), and the prefix of the viewer's streams (`prefix`).
 */

const query = new URLSearchParams(location.search);
const prefix = query.get("prefix") ?? "napari";
/** @type {[number, number][]} */
const views = [];

const now = () => (performance.timeOrigin + performance.now()) / 1000;

try {
  const { connect } = await import(/** @type {string} */ ("/webmon.js"));
  const server = await connect();
  server.subscribe(`${prefix}.tiles`, { policy: "all", credits: 4 });
  server.subscribe(`${prefix}.tiles.view`, {
    onFrame: (/** @type {any} */ frame) => views.push([Number(frame.records.column("left")[0]), now()]),
  });
  setTimeout(() => (document.title = JSON.stringify({ views })), 1000 * Number(query.get("seconds") ?? 10));
} catch (error) {
  document.title = JSON.stringify({ error: String(error) });
}
