// @ts-check
/**
 * What the hops are called, and how each figure is measured.
 */

/** @typedef {import("./hops.js").HopKey} HopKey */

/**
 * @typedef {object} Description
 * @property {HopKey} key
 * @property {string} name
 * @property {string} latency between which two moments
 * @property {string} meaning
 * @property {string} lost what is lost there
 * @property {string} copies
 */

/** @type {readonly Description[]} */
export const descriptions = [
  {
    key: "fill",
    name: "Producer to memory",
    latency: "slot taken to commit",
    meaning:
      "The producer's clock: from when its slot was lent to it until it committed the frame, of the " +
      "frames that the server took. Not known of logs and arrays.",
    lost: "dropped by the producer, since every slot was in use",
    copies: "the producer's: none with loan, one with put",
  },
  {
    key: "notice",
    name: "Memory to server",
    latency: "commit to noticed",
    meaning:
      "The server's clock: from a commit until a thread of the server woke. Commits that came " +
      "together are noticed once. No byte moves: the server maps the same memory.",
    lost: "",
    copies: "none: the same memory",
  },
  {
    key: "wait",
    name: "Wait in the server",
    latency: "commit to first byte",
    meaning:
      "The server's clock: from a commit until the socket was given the first byte of its message, " +
      "to any page. It waits until the page gives a credit and the socket takes data; the time " +
      "until it was noticed is in it.",
    lost: "passed over, since a newer one was there",
    copies: "",
  },
  {
    key: "send",
    name: "Server to socket",
    latency: "first to last byte",
    meaning:
      "The server's clock: from the first byte of a message until the kernel had taken its last " +
      "one, to any page. Long where the page takes it slowly.",
    lost: "",
    copies: "none: from the mapping, by sendmsg",
  },
  {
    key: "way",
    name: "Socket to page",
    latency: "sent to received",
    meaning:
      "Both clocks, tied to each other by pings: from when the server began to send a message until this page had all " +
      "of it. The time to send it is in it.",
    lost: "",
    copies: "the browser's own",
  },
  {
    key: "paint",
    name: "Page to screen",
    latency: "received to painted",
    meaning:
      "The page's clock: from when a message was here until the graphics processor had drawn it. " +
      "The screen itself adds up to one of its refreshes.",
    lost: "came, but a newer one was painted",
    copies: "one: the upload of the texture",
  },
];

/** What a part of the way from commit to screen is called, where it stands alone. @type {Record<HopKey, string>} */
export const partNames = {
  fill: "filling the slot",
  notice: "being noticed",
  wait: "waiting for credit and socket",
  send: "being sent",
  way: "on the way",
  paint: "being painted",
};
