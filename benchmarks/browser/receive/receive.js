// @ts-check
/**
 * Receives frames as fast as they come, and says in the page's title what came: JSON with seconds, bytes, messages.
 *
 * The address says what to do: `?way=` websocket, fetch or library; `url` of the socket or body; `seconds`; `bytes` of a frame;
 * `first` and `credit`, texts to send at first and after each message; `stream`, for the library.
 */

const query = new URLSearchParams(location.search);
const seconds = Number(query.get("seconds") ?? 3);
const frameBytes = Number(query.get("bytes"));
/** Bytes before a frame in its message. */
const headerBytes = 112;

let start = 0;
let last = 0;
let bytes = 0;
let messages = 0;
let done = false;

/** What every byte of a frame is, by its place (limits/frame_pattern.h). @param {number} i */
const expected = (i) => (i * 7 + (i >>> 8) * 13 + (i >>> 16) * 31 + 5) & 255;

/** @param {Uint8Array} frame */
function check(frame) {
  if (frame.length !== frameBytes) throw new Error(`a frame has ${frame.length} bytes, not ${frameBytes}`);
  for (let i = 0; i < frame.length; i += 4096) {
    if (frame[i] !== expected(i)) throw new Error(`byte ${i} is ${frame[i]}, not ${expected(i)}`);
  }
}

/** @param {Uint8Array} frame @param {object} [more] */
function received(frame, more = {}) {
  if (done) return;
  check(frame);
  last = performance.now();
  // The clock starts with the first frame, which is not counted.
  if (start === 0) {
    start = last;
    return;
  }
  bytes += frame.length + headerBytes;
  messages += 1;
  if (last - start < seconds * 1000) return;
  done = true;
  document.title = JSON.stringify({ seconds: (last - start) / 1000, bytes, messages, ...more });
}

/** @param {unknown} error */
function failed(error) {
  done = true;
  document.title = JSON.stringify({ error: String(error) });
}

/** @param {string} url */
function overWebSocket(url) {
  const socket = new WebSocket(url, "webmon.v1");
  socket.binaryType = "arraybuffer";
  const first = query.get("first");
  const credit = query.get("credit");
  socket.onopen = () => first !== null && socket.send(first);
  socket.onclose = ({ code }) => !done && failed(`closed with code ${code}`);
  socket.onmessage = ({ data }) => {
    if (typeof data === "string" || done) return;
    try {
      received(new Uint8Array(data, headerBytes));
    } catch (error) {
      failed(error);
    }
    if (credit !== null) socket.send(credit);
  };
}

/** @param {string} url */
async function overFetch(url) {
  const { body } = await fetch(url);
  if (body === null) throw new Error("no body");
  const reader = body.getReader({ mode: "byob" });
  /** @type {ArrayBuffer} */
  let buffer = new ArrayBuffer(headerBytes + frameBytes);
  while (!done) {
    let filled = 0;
    while (filled < headerBytes + frameBytes) {
      const { value, done: ended } = await reader.read(new Uint8Array(buffer, filled));
      if (value === undefined || ended) throw new Error("the body ended");
      filled += value.length;
      buffer = /** @type {ArrayBuffer} */ (value.buffer);
    }
    received(new Uint8Array(buffer, headerBytes));
  }
  await reader.cancel();
}

async function overLibrary() {
  // Served by webmon, beside this page.
  const { connect } = await import(/** @type {string} */ ("/webmon.js"));
  const server = await connect();
  const subscription = server.subscribe(query.get("stream"), {
    transport: query.get("transport") ?? "auto",
    onFrame: (/** @type {{array: Uint8Array}} */ frame) => {
      try {
        received(frame.array, { transport: subscription.transport });
      } catch (error) {
        failed(error);
      }
    },
  });
}

const url = query.get("url") ?? "";
try {
  if (query.get("way") === "websocket") overWebSocket(url);
  else if (query.get("way") === "fetch") await overFetch(url);
  else await overLibrary();
} catch (error) {
  failed(error);
}
