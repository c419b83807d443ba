// @ts-check
// Not a module: runs before the first paint, so that a page that was set to light or dark does
// not flash in the other one, and an embedded one has no header that goes away.
(() => {
  const root = document.documentElement;
  if (new URLSearchParams(location.search).get("embed") === "1") root.dataset.embed = "";
  try {
    const chosen = localStorage.getItem("webmon.theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // In a frame of another site the browser may allow no storage.
  }
})();
