// @ts-check
/**
 * Points in space: the stream `points`, records with the fields x, y, z and perhaps value, or numbers
 * of shape (n, 3) or (n, 4). Turned, moved and zoomed; coloured by value, else by z.
 */

import { colormapTable } from "/image/colormaps.js";
import { readAddress, writeAddress } from "/shell/address.js";
import { Delivery } from "/shell/delivery.js";
import { find, setText } from "/shell/element.js";
import { formatCount, formatNumber } from "/shell/format.js";
import { openShell } from "/shell/shell.js";

/** @typedef {import("/webmon.js").Frame} Frame */

const name = "points";
const canvas = find("canvas", HTMLCanvasElement);
const note = find("#note", HTMLElement);
const size = find("#size", HTMLInputElement);
const gl = canvas.getContext("webgl2", { antialias: false });
if (gl === null) throw new Error("This browser has no WebGL2, which draws the points.");

const program = gl.createProgram();
for (const [type, source] of /** @type {const} */ ([
  [gl.VERTEX_SHADER, `#version 300 es
    layout(location = 0) in float x;
    layout(location = 1) in float y;
    layout(location = 2) in float z;
    layout(location = 3) in float value;
    uniform vec3 centre;
    uniform vec2 range;
    uniform mat3 turn;
    uniform vec4 place; // scale across, scale down, right, up
    uniform float depth;
    uniform float size;
    out float shade;
    void main() {
      vec3 p = turn * (vec3(x, y, z) - centre);
      gl_Position = vec4(p.xy * place.xy + place.zw, -p.z * depth, 1.0);
      gl_PointSize = size;
      shade = (value - range.x) / max(range.y - range.x, 1e-30);
    }`],
  [gl.FRAGMENT_SHADER, `#version 300 es
    precision highp float;
    in float shade;
    uniform sampler2D colours;
    out vec4 colour;
    void main() {
      if (length(gl_PointCoord - 0.5) > 0.5) discard; // round
      colour = texture(colours, vec2(clamp(shade, 0.0, 1.0) * 255.0 / 256.0 + 0.5 / 256.0, 0.5));
    }`],
])) {
  const shader = /** @type {WebGLShader} */ (gl.createShader(type));
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  gl.attachShader(program, shader);
}
gl.linkProgram(program);
gl.useProgram(program);
gl.enable(gl.DEPTH_TEST);
gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, colormapTable("viridis"));
gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
const buffers = [0, 1, 2, 3].map(() => gl.createBuffer());

/** @type {{yaw: number, pitch: number, zoom: number, right: number, up: number}} */
const front = { yaw: 0.6, pitch: 0.4, zoom: 1, right: 0, up: 0 };
let view = { ...front };
/** @type {Frame | null} */
let newest = null;
/** @type {Float32Array[]} its columns, until they are uploaded */
let columns = [];
let isRequested = false;
let isPlaced = false;
let count = 0;
let centre = [0, 0, 0];
let radius = 1;
let range = [0, 1];

/** x, y, z and what colours them, each as floats. @param {Frame} frame @returns {Float32Array[]} */
function columnsOf(frame) {
  const { stream, shape, dtype, array } = frame;
  const paths = frame.dtype === null ? frame.records.columns.map(({ path }) => path) : [];
  if (["x", "y", "z"].every((path) => paths.includes(path))) {
    const wanted = ["x", "y", "z", paths.includes("value") ? "value" : "z"];
    return wanted.map((path) => {
      const column = frame.records.column(path);
      return column instanceof Float32Array ? column : Float32Array.from(column, Number);
    });
  }
  const width = shape[1];
  if (dtype === null || dtype.lanes !== 1 || shape.length !== 2 || (width !== 3 && width !== 4)) {
    throw new TypeError(`${stream.name} has neither fields x, y, z nor the shape (n, 3) or (n, 4)`);
  }
  return [0, 1, 2, width - 1].map((at) => {
    const column = new Float32Array(shape[0]);
    for (let i = 0; i < column.length; i += 1) column[i] = Number(array[i * width + at]);
    return column;
  });
}

/** Finite ends. @param {Float32Array} column @returns {[number, number]} */
function endsOf(column) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of column) {
    if (value < low && value > -Infinity) low = value;
    if (value > high && value < Infinity) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

function upload() {
  if (gl === null || columns.length === 0) return;
  columns.forEach((column, at) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers[at]);
    gl.bufferData(gl.ARRAY_BUFFER, column, gl.STREAM_DRAW);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, 1, gl.FLOAT, false, 0, 0);
  });
  const ends = columns.map(endsOf);
  count = columns[0].length;
  range = ends[3];
  // The place of the first ones holds: later ones show how they move.
  if (!isPlaced) {
    centre = ends.slice(0, 3).map(([low, high]) => (low + high) / 2);
    radius = Math.hypot(...ends.slice(0, 3).map(([low, high]) => (high - low) / 2)) || 1;
    isPlaced = true;
  }
  columns = [];
  const [low, high] = range.map((end) => formatNumber(end, 4));
  setText(find("#facts", HTMLElement), `${formatCount(count)} points, ${low} to ${high}`);
}

function request() {
  if (!isRequested) requestAnimationFrame(draw);
  isRequested = true;
}

function draw() {
  isRequested = false;
  if (gl === null || newest === null) return;
  upload();
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
  const uniform = (/** @type {string} */ key) => gl.getUniformLocation(program, key);
  const { yaw, pitch, zoom, right, up } = view;
  const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  const scale = (zoom * Math.min(canvas.width, canvas.height)) / radius;
  gl.viewport(0, 0, canvas.width, canvas.height);
  gl.clearColor(0, 0, 0, 0); // the canvas's own background shows
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  gl.uniform3f(uniform("centre"), centre[0], centre[1], centre[2]);
  gl.uniform2f(uniform("range"), range[0], range[1]);
  gl.uniformMatrix3fv(uniform("turn"), false, [cy, sp * sy, -cp * sy, 0, cp, sp, sy, -sp * cy, cp * cy]);
  gl.uniform4f(uniform("place"), scale / canvas.width, scale / canvas.height, right, up);
  gl.uniform1f(uniform("depth"), 0.1 / radius);
  gl.uniform1f(uniform("size"), Number(size.value) * devicePixelRatio);
  gl.drawArrays(gl.POINTS, 0, count);
  canvas.dataset.sequence = String(newest.sequence);
}

/** @param {Partial<typeof view>} change */
function look(change) {
  view = { ...view, ...change };
  view.pitch = Math.min(Math.PI / 2, Math.max(-Math.PI / 2, view.pitch));
  view.zoom = Math.min(1000, Math.max(0.01, view.zoom));
  const text = Object.values(view).map((number) => Number(number.toFixed(3))).join(",");
  writeAddress({ view: text });
  request();
}

function fit() {
  isPlaced = false;
  if (newest !== null) columns = columnsOf(newest);
  look(front);
}

// Drag turns, drag with Shift or the right button moves, the wheel zooms; keys do the same.
canvas.addEventListener("contextmenu", (event) => event.preventDefault());
canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
canvas.addEventListener("pointermove", (event) => {
  const { movementX: dx, movementY: dy, buttons, shiftKey } = event;
  if (buttons === 2 || (buttons === 1 && shiftKey)) {
    look({
      right: view.right + (2 * dx) / canvas.clientWidth,
      up: view.up - (2 * dy) / canvas.clientHeight,
    });
  } else if (buttons === 1) {
    look({ yaw: view.yaw + dx / 150, pitch: view.pitch + dy / 150 });
  }
});
canvas.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    look({ zoom: view.zoom * Math.exp(-event.deltaY / 400) });
  },
  { passive: false },
);
canvas.addEventListener("keydown", (event) => {
  const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
  if (right === 0 && down === 0) return;
  event.preventDefault();
  look({ yaw: view.yaw + right / 10, pitch: view.pitch + down / 10 });
});

const { server } = openShell({
  about: "Points in space, as they come. Drag to turn, with Shift to move; the wheel zooms.",
  keys: [
    { key: "f", does: "fit: all points, from the front", act: fit },
    { key: "+", does: "larger", act: () => look({ zoom: view.zoom * 1.5 }) },
    { key: "-", does: "smaller", act: () => look({ zoom: view.zoom / 1.5 }) },
    { key: "Arrows", does: "with the points focused: turn" },
  ],
});

const told = (readAddress("view") ?? "").split(",").map(Number);
if (told.length === 5 && told.every(Number.isFinite)) {
  const [yaw, pitch, zoom, right, up] = told;
  view = { yaw, pitch, zoom, right, up };
}
size.value = readAddress("size") ?? size.value;
size.addEventListener("input", () => {
  writeAddress({ size: size.value });
  request();
});
find("#fit", HTMLButtonElement).addEventListener("click", fit);
new ResizeObserver(request).observe(canvas);

const subscription = server.subscribe(name, {
  onFrame: (frame) => {
    columns = columnsOf(frame);
    newest = frame;
    note.hidden = true;
    request();
  },
  onSubscribed: () => (isPlaced = false),
  onError: (error) => {
    setText(note, error.message);
    note.hidden = false;
  },
});
server.watchStatus(500);
new Delivery(find("#delivery", HTMLElement)).follow(subscription, () => server.streams.get(name) ?? null);
