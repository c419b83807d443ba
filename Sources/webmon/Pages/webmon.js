// @ts-check
/**
 * webmon.js: numpy arrays from a webmon server as typed arrays, in any page.
 *
 *     import { connect } from "/webmon.js";
 *     const server = await connect();
 *     server.subscribe("camera", { onFrame: (frame) => draw(frame.array, frame.shape) });
 *     await server.call("set_exposure", { photons: 20000 });
 *
 * In Node and Deno it is the same, with `connect({ url: "http://127.0.0.1:5000" })`.
 *
 * The library parses without copying, keeps flow control going, ties the server's clock to the
 * page's, measures latency, rate and loss, and comes back by itself when the connection, the
 * server or the producer goes. All of it: docs/webmon-js.md; the protocol: docs/wire-protocol.md.
 */

/** @typedef {import("./client/calls.js").CallOptions} CallOptions */
/** @typedef {import("./client/calls.js").Command} Command */
/** @typedef {import("./client/calls.js").CommandTarget} CommandTarget */
/** @typedef {import("./client/server.js").ConnectOptions} ConnectOptions */
/** @typedef {import("./client/server.js").ConnectionState} ConnectionState */
/** @typedef {import("./client/server.js").Stream} Stream */
/** @typedef {import("./client/subscription.js").SubscribeOptions} SubscribeOptions */
/** @typedef {import("./client/dtype.js").TypedArray} TypedArray */

export { Server, connect } from "./client/server.js";
export { CommandError } from "./client/calls.js";
export { Subscription } from "./client/subscription.js";
export { Frame } from "./client/frame.js";
export { Records } from "./client/records.js";
export { WireError, parseDataMessage } from "./client/message.js";
export { halfToNumber, plainDtypes } from "./client/dtype.js";
