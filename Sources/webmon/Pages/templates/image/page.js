// @ts-check
import { drawOn } from "/image/draw.js";
import { openShell } from "/shell/shell.js";

const { server } = openShell({ about: "The stream camera, as it comes." });
server.subscribe("camera", { onFrame: drawOn("canvas") });

// What else there is: frame.array (a typed array, no copy), frame.shape, frame.stream.metadata,
// await server.call("a_command", { of: "a producer" }); all of it in docs/webmon-js.md.
