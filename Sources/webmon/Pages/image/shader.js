// @ts-check
/**
 * The shaders: a texel in its own dtype, contrast limits, colour map.
 *
 * Each variant does only what its case needs: on machines that draw without a graphics processor
 * one more texture fetch or power a pixel is a third of the time of a frame.
 */

/**
 * @typedef {object} ShaderVariant
 * @property {"usampler2D" | "isampler2D" | "sampler2D"} sampler
 * @property {boolean} wide 32-bit integers, which no float holds
 * @property {"number" | "magnitude" | "colour" | "label"} texel what one stands for
 * @property {boolean} table whether a table maps gray levels to colours, else a ramp of two
 * @property {boolean} power whether gamma is applied here; a table has it in itself
 */

export const vertexSource = `#version 300 es
// The rectangle of one tile, in pixels of the canvas, y down.
uniform vec4 rectangle;
uniform vec2 canvas;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 place = rectangle.xy + corner * rectangle.zw;
  gl_Position = vec4(place / canvas * vec2(2, -2) + vec2(-1, 1), 0, 1);
}`;

// The limit comes in two parts whose sum it is. The halves of an integer are compared with them
// one by one, which is exact.
const aboveLimit = {
  usampler2D: "(float(v >> 16) * 65536.0 - low.x) + (float(v & 65535u) - low.y)",
  isampler2D: "(float(v >> 16) * 65536.0 - low.x) + (float(v & 65535) - low.y)",
  sampler2D: "(v - low.x) - low.y",
};

/**
 * @param {ShaderVariant} variant
 * @returns {string}
 */
export function fragmentSource({ sampler, wide, texel, table, power }) {
  const vector = { usampler2D: "uvec4", isampler2D: "ivec4", sampler2D: "vec4" }[sampler];
  const scalar = { usampler2D: "uint", isampler2D: "int", sampler2D: "float" }[sampler];
  const isFloat = sampler === "sampler2D";
  return `#version 300 es
precision highp float;
precision highp int;
precision highp ${sampler};
uniform ${sampler} image;
uniform vec4 rectangle;
uniform vec2 canvas;
uniform float texelsPerPixel;
uniform vec2 low;
uniform float range;
uniform float gamma;
out vec4 color;

float above(${scalar} v) {
  return ${wide || isFloat ? aboveLimit[sampler] : "float(v) - (low.x + low.y)"};
}

float level(${scalar} v) {
  float share = clamp(above(v) / range, 0.0, 1.0);
  return ${power ? "pow(share, gamma)" : "share"};
}

${table ? tableColors : rampColors}
${isFloat ? notANumber : ""}
${texel === "label" ? labelColors : ""}
void main() {
  vec2 place = vec2(gl_FragCoord.x, canvas.y - gl_FragCoord.y) - rectangle.xy;
  ${vector} v = texelFetch(image, ivec2(place * texelsPerPixel), 0);
  ${bodies[texel]}
  ${isFloat && texel === "number" ? "if (isNaN(v.r)) color = notANumber;" : ""}
}`;
}

const rampColors = `uniform vec3 first;
uniform vec3 last;
vec4 mapped(float share) { return vec4(mix(first, last, share), 1); }`;

const tableColors = `uniform sampler2D colors;
uniform float lastColor;
vec4 mapped(float share) {
  return texelFetch(colors, ivec2(int(share * lastColor + 0.5), 0), 0);
}`;

const notANumber = `const vec4 notANumber = vec4(0.45, 0.25, 0.45, 1);
bool isNaN(float v) { return (floatBitsToUint(v) & 0x7fffffffu) > 0x7f800000u; }`;

// A colour for each number: hues a golden angle apart, three lightnesses.
const labelColors = `vec4 labelColor(uint id) {
  if (id == 0u) return vec4(0, 0, 0, 1);
  float hue = fract(float(id & 0xffffu) * 0.61803399 + float(id >> 16) * 0.38490018);
  float lightness = 0.75 + 0.25 * float(id % 3u) / 2.0;
  vec3 wheel = clamp(abs(fract(hue + vec3(0, 2, 1) / 3.0) * 6.0 - 3.0) - 1.0, 0.0, 1.0);
  return vec4(lightness * mix(vec3(1), wheel, 0.75), 1);
}`;

/** @type {Record<ShaderVariant["texel"], string>} */
const bodies = {
  number: "color = mapped(level(v.r));",
  magnitude: "color = mapped(level(length(v.rg)));",
  colour: "color = vec4(level(v.r), level(v.g), level(v.b), 1);",
  label: "color = labelColor(uint(v.r));",
};
