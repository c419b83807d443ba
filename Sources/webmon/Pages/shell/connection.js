// @ts-check
/**
 * Says what the connection is doing, in the header and, when it is gone, in a line under it.
 */

import { element, setText } from "./element.js";

/**
 * @param {import("../webmon.js").Server} server
 * @param {HTMLElement} badge in the header
 * @param {HTMLElement} notice over the page's content
 */
export function showConnection(server, badge, notice) {
  const text = element("span");
  badge.append(element("span", { class: "dot", "aria-hidden": "true" }), text);
  const line = element("span");
  const retry = element("button", { type: "button" }, "Try now");
  retry.addEventListener("click", () => server.retry());
  notice.append(line, retry);

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const show = () => {
    clearTimeout(timer);
    const { state } = server;
    const lost = state.phase === "waiting" || (state.phase === "connecting" && state.attempts > 0);
    document.documentElement.dataset.connection =
      state.phase === "connected" ? "connected" : lost ? "lost" : state.phase;
    // The notice stays through the attempts: it must not come and go with each of them.
    notice.hidden = !lost;
    switch (state.phase) {
      case "connected":
        setText(text, "connected");
        badge.title = server.info
          ? `webmon ${server.info.version}, segments in ${server.info.directory}`
          : "";
        return;
      case "connecting":
        setText(text, lost ? "reconnecting" : "connecting");
        return;
      case "closed":
        setText(text, "closed");
        badge.title = state.reason;
        return;
      case "waiting": {
        const seconds = Math.max(0, Math.ceil((state.at - performance.now()) / 1000));
        setText(text, `reconnecting in ${seconds} s`);
        badge.title = state.reason;
        setText(
          line,
          state.attempts < 3
            ? "Connection lost. What you see is the last that came; the page reconnects by itself."
            : "The server is gone. What you see is the last that came; " +
                "the page goes on by itself when the server is back.",
        );
        timer = setTimeout(show, 250);
      }
    }
  };
  server.on("state", show);
  show();
}
