// @ts-check
/**
 * Takes a camera's frames from one server, as its users do, and checks and counts them. The address says of which (`way`, and `port`
 * if the page is not of that server), and what measurement.js asks for.
 */

import { check } from "./frames.js";
import { Measurement } from "./measurement.js";

const query = new URLSearchParams(location.search);
const measurement = new Measurement(query);
const address = `127.0.0.1:${query.get("port")}`;

/** @param {Uint8Array} frame @param {object} [more] told with the result @returns {import("./frames.js").Shot | null} null if it is wrong */
function take(frame, more) {
  try {
    const shot = check(frame);
    // What is told of frames that do not come may be late: it takes another way than frames.
    if (measurement.took(shot)) setTimeout(() => measurement.finish(more), 300);
    return shot;
  } catch (error) {
    measurement.fail(error);
    return null;
  }
}

/** @param {string} url @param {string[]} [protocols] */
function open(url, protocols = []) {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = "arraybuffer";
  socket.onclose = ({ code }) => measurement.done || measurement.fail(`the WebSocket was closed with code ${code}`);
  return socket;
}

/** One binary message a frame. */
function websocket() {
  open(`ws://${address}/`).onmessage = ({ data }) => take(new Uint8Array(data));
}

/** Socket.IO's protocol as far as it is needed: an event with one attachment, acknowledged. Its own client does more for each message. */
function socketio() {
  const socket = open(`ws://${address}/socket.io/?EIO=4&transport=websocket`);
  let acknowledge = "";
  socket.onmessage = ({ data }) => {
    if (typeof data !== "string") {
      take(new Uint8Array(data));
      socket.send(acknowledge);
    } else if (data[0] === "0") socket.send("40");
    else if (data[0] === "2") socket.send("3");
    else if (data.startsWith("451-")) acknowledge = `43${/^451-(\d+)/.exec(data)?.[1]}[]`;
  };
}

/** Foxglove's protocol: a subscription to the channel that the server advertises; 13 bytes before each message. */
function foxglove() {
  const socket = open(`ws://${address}/`, ["foxglove.sdk.v1"]);
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") {
      const { op, channels } = JSON.parse(data);
      if (op === "advertise") socket.send(JSON.stringify({ op: "subscribe", subscriptions: [{ id: 0, channelId: channels[0].id }] }));
    } else if (new DataView(data).getUint8(0) === 1) {
      take(new Uint8Array(data, 13));
    }
  };
}

/** The client library, which chooses the transport by itself. Delivery alone: a frame's credit goes back when it was checked. */
async function webmon() {
  const { connect } = await import(/** @type {string} */ ("/webmon.js"));
  const server = await connect();
  const subscription = server.subscribe("camera", {
    credit: "manual",
    onFrame: (/** @type {import("../../../Sources/webmon/Pages/client/frame.js").Frame} */ frame) => {
      const shot = take(frame.bytes, { transport: subscription.transport });
      if (shot !== null && shot.number !== frame.sequence) measurement.fail(`frame ${shot.number} came as number ${frame.sequence}`);
      frame.recycle();
    },
    onGap: (/** @type {number} */ from, /** @type {number} */ to) => measurement.told(from, to),
    onError: (/** @type {Error} */ error) => measurement.fail(error),
  });
}

const ways = { websocket, socketio, foxglove, webmon };
const way = /** @type {keyof typeof ways} */ (query.get("way"));
await ways[way]();
