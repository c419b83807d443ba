// @ts-check
/**
 * Takes frames from a server with webmon.js, in Node or Deno: clients/direct.mjs with the socket between.
 *
 *     socket.mjs ADDRESS NAME SECONDS TRANSPORT       TRANSPORT: websocket or fetch
 */
import process from "node:process";
import { connect } from "../../Sources/webmon/Pages/webmon.js";
import { Measured, stop } from "./measured.mjs";

const [address, name, seconds, transport] = process.argv.slice(2);
/** @type {Measured | null} */
let measured = null;
const server = await connect({ url: address });
server.subscribe(name, {
  credits: 4,
  compression: "none",
  transport: /** @type {"websocket" | "fetch"} */ (transport),
  onFrame: ({ bytes, sequence }) => {
    measured ??= new Measured(bytes.byteLength, Number(seconds));
    if (measured.take(bytes, sequence)) process.exit(0);
  },
  onError: (error) => stop(String(error)),
});
console.log("ready");
