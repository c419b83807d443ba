// @ts-check
// Not a module: runs before the first paint, so that a page that was set to light or dark does
// not flash in the other one.
(() => {
  const chosen = localStorage.getItem("webmon.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
