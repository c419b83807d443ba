// @ts-check
/**
 * Takes messages of one size as fast as they come, over a WebSocket or an endless `fetch` body, and checks them. In a page or in a worker.
 */

/** Bytes before a frame in its message. */
const headerBytes = 112;
/** One byte in so many is checked (limits/frame_pattern.h). */
const checkStep = 4096;
/** Small messages are read from a body many at a time. */
const blockBytes = 256 * 1024;

/**
 * @typedef {object} Source
 * @property {"websocket" | "fetch"} way
 * @property {string} url
 * @property {number} bytes of a frame
 * @property {string} [first] text to send when the WebSocket is open
 * @property {string} [credit] text to send for each message
 */

/** @param {Uint8Array} frame */
function check(frame) {
  for (let i = 0; i < frame.length; i += checkStep) {
    const right = (i * 7 + (i >>> 8) * 13 + (i >>> 16) * 31 + 5) & 255;
    if (frame[i] !== right) throw new Error(`byte ${i} is ${frame[i]}, not ${right}`);
  }
}

/**
 * @param {Source} source
 * @param {(buffer: ArrayBuffer, messages: number) => boolean} take what came, checked, with so many messages in it; false ends it
 * @returns {Promise<void>}
 */
export function receive(source, take) {
  return source.way === "websocket" ? overWebSocket(source, take) : overFetch(source, take);
}

/** @type {typeof receive} */
function overWebSocket({ url, bytes, first, credit }, take) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, "webmon.v1");
    socket.binaryType = "arraybuffer";
    socket.onopen = () => first !== undefined && socket.send(first);
    socket.onclose = ({ code }) => reject(new Error(`the WebSocket was closed with code ${code}`));
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") return;
      try {
        const frame = new Uint8Array(data, headerBytes);
        if (frame.length !== bytes) throw new Error(`a frame has ${frame.length} bytes, not ${bytes}`);
        check(frame);
      } catch (error) {
        reject(error);
        socket.close();
        return;
      }
      if (take(data, 1)) {
        if (credit !== undefined) socket.send(credit);
        return;
      }
      socket.onmessage = null;
      socket.close();
      resolve();
    };
  });
}

/** @type {typeof receive} */
async function overFetch({ url, bytes }, take) {
  const abort = new AbortController();
  const { body } = await fetch(url, { signal: abort.signal });
  if (body === null) throw new Error("no body");
  const reader = body.getReader({ mode: "byob" });
  const messageBytes = headerBytes + bytes;
  const messages = Math.max(1, Math.floor(blockBytes / messageBytes));
  for (;;) {
    let buffer = new ArrayBuffer(messages * messageBytes);
    let filled = 0;
    while (filled < buffer.byteLength) {
      const { value, done } = await reader.read(new Uint8Array(buffer, filled));
      if (value === undefined || done) throw new Error("the body ended");
      filled += value.length;
      buffer = value.buffer;
    }
    for (let at = 0; at < messages; at += 1) check(new Uint8Array(buffer, at * messageBytes + headerBytes, bytes));
    if (!take(buffer, messages)) break;
  }
  abort.abort();
}
