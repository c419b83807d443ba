// @ts-check
/**
 * What the server's process takes, what this page's session cost, and which way the data takes.
 */

import { element, setText } from "../shell/element.js";
import { formatBytes, formatCount } from "../shell/format.js";
import { formatDuration } from "./duration.js";

/** Milliseconds between two looks at what the process takes. */
const every = 2000;

/** A list of facts whose values are set by name. */
export class Facts {
  /** @param {HTMLElement} list a `dl` @param {readonly (readonly [string, string])[]} names with hover texts */
  constructor(list, names) {
    /** @private @type {Map<string, HTMLElement>} */
    this.values = new Map();
    for (const [name, title] of names) {
      const value = element("dd", {}, "–");
      this.values.set(name, value);
      list.append(element("dt", { title }, name), value);
    }
  }

  /** @param {Record<string, string>} values */
  set(values) {
    for (const [name, text] of Object.entries(values)) {
      const value = this.values.get(name);
      if (value !== undefined) setText(value, text);
    }
  }
}

export const serverFacts = /** @type {const} */ ([
  ["CPU", "Of one core, over the last seconds: all threads, for all pages"],
  ["memory", "Resident, mapped segments with it"],
  ["pages", "That are connected"],
  ["bodies", "Endless fetch bodies that are sent"],
  ["copied", "Payload bytes that the server copied, of all streams, since they began"],
]);

export const sessionFacts = /** @type {const} */ ([
  ["received", "Bytes that the server's kernel took for this page"],
  ["messages", "Data messages, and all with those of control"],
  ["sends", "Calls that sent something, and those of them of which the kernel took a part only"],
  ["passed over", "Commits that this page was told it will not get"],
  ["leases", "Slots that are held for this page right now"],
]);

export const wayFacts = /** @type {const} */ ([
  ["way", "How the data comes to this page"],
  ["why", "Why it takes this way"],
  ["compression", "Bytes of messages as they came, of those that they hold"],
  ["clocks", "By so much the clocks of server and page may be apart: half of the shortest ping"],
]);

/** Follows what the server's process takes. @param {Facts} facts @param {() => boolean} wanted */
export function followProcess(facts, wanted) {
  /** @type {{time: number, cpu: number} | null} */
  let last = null;
  const look = async () => {
    if (!wanted()) {
      last = null;
      return;
    }
    let text;
    try {
      const answer = await fetch("/metrics", { cache: "no-store" });
      if (!answer.ok) return;
      text = await answer.text();
    } catch {
      last = null; // The connection's own notice says that the server is gone.
      return;
    }
    const value = (/** @type {string} */ name) =>
      Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? NaN);
    const now = { time: performance.now(), cpu: value("process_cpu_seconds_total") };
    const copied = [...text.matchAll(/^webmon_stream_copied_bytes_total\{.*\} (\d+)$/gm)];
    const share = last === null ? NaN : (100_000 * (now.cpu - last.cpu)) / (now.time - last.time);
    facts.set({
      CPU: Number.isNaN(share) || share < 0 ? "–" : `${share.toFixed(0)} %`,
      memory: formatBytes(value("process_resident_memory_bytes")),
      pages: formatCount(value("webmon_sessions")),
      bodies: formatCount(value("webmon_bodies")),
      copied: formatBytes(copied.reduce((sum, match) => sum + Number(match[1]), 0)),
    });
    last = now;
  };
  void look();
  setInterval(look, every);
}

/** @param {Facts} facts @param {import("../client/server.js").StatusMessage["session"]} session */
export function showSession(facts, session) {
  facts.set({
    received: formatBytes(session.sent_bytes),
    messages: `${formatCount(session.data_messages)} of ${formatCount(session.messages)}`,
    sends: `${formatCount(session.sends)}, ${formatCount(session.partial_sends)} in part`,
    "passed over": formatCount(session.lost),
    leases: formatCount(session.leases),
  });
}

/**
 * @param {Facts} facts
 * @param {import("../webmon.js").Server} server
 * @param {import("../webmon.js").Subscription | null} subscription
 */
export function showWay(facts, server, subscription) {
  const { uncertainty } = server.clock;
  const clocks = Number.isFinite(uncertainty) ? `±${formatDuration(uncertainty)}` : "–";
  if (subscription === null || subscription.totals.received === 0) {
    facts.set({ way: "–", why: "–", compression: "–", clocks });
    return;
  }
  const { bytes, wire } = subscription.totals;
  facts.set({
    way: subscription.transport === "fetch" ? "fetch, an endless body" : "WebSocket",
    why: subscription.transportReason,
    // Headers make a message a little longer than what it holds.
    compression:
      wire < bytes ? `${formatBytes(wire)} for ${formatBytes(bytes)}` : "none: the link is fast",
    clocks,
  });
}
