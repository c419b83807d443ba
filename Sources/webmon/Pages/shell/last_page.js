// @ts-check
/**
 * The page last used, for the server: `/` leads there. A cookie, since the server answers `/`
 * itself and needs no script for it. What is in it is checked there.
 */

/** A cookie of this length is a bother to every request; the page itself is enough then. */
const longest = 1500;

/** Browsers send cookies to every port of a host: the port is in the name. */
const name = `webmon-page-${location.port}`;

export function rememberPage() {
  // What stands in another page's frame was not gone to.
  if (document.documentElement.dataset.embed !== undefined) return;
  const query = new URLSearchParams(location.search);
  // No page needs it, and a cookie must not have it.
  query.delete("token");
  const search = query.toString();
  const isShort = search !== "" && search.length <= longest;
  const page = location.pathname + (isShort ? `?${search}` : "");
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${page}; path=/; max-age=31536000; samesite=lax${secure}`;
}
