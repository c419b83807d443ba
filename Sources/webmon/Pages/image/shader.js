// @ts-check
/**
 * The shaders: texels in their own dtype, contrast limits, colour map.
 *
 * Each variant does only what its case needs: on machines that draw without a graphics processor
 * one more texture fetch or power a pixel is a third of the time of a frame.
 */

import { texelBodies, texelHelpers, texelNumbers } from "./shader_texel.js";
import { samplings } from "./shader_sampling.js";

/**
 * @typedef {object} ShaderVariant
 * @property {"usampler2D" | "isampler2D" | "sampler2D"} sampler
 * @property {boolean} wide 32-bit integers, which no float holds
 * @property {import("./shader_texel.js").Texel} texel what one stands for
 * @property {boolean} alpha whether a colour's fourth number is its opacity
 * @property {boolean} table whether a table maps gray levels to colours, else a ramp of two
 * @property {boolean} power whether gamma is applied here; a table has it in itself
 * @property {import("./shader_sampling.js").Sampling} sampling
 * @property {boolean} turned whether the image does not lie along the screen as it is
 * @property {boolean} strided whether a row has several texels, one a channel, for each pixel
 */

export const vertexSource = `#version 300 es
// A part of one texture: its corner on the canvas (y down), where a step in x and in y leads, and
// which texels are drawn.
uniform vec2 origin;
uniform vec4 forward;
uniform vec4 extent;
uniform vec2 canvas;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 texel = mix(extent.xy, extent.zw, corner);
  vec2 place = origin + forward.xy * texel.x + forward.zw * texel.y;
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
export function fragmentSource(variant) {
  const { sampler, wide, texel, alpha, table, power, sampling, turned, strided } = variant;
  const vector = { usampler2D: "uvec4", isampler2D: "ivec4", sampler2D: "vec4" }[sampler];
  const scalar = { usampler2D: "uint", isampler2D: "int", sampler2D: "float" }[sampler];
  const isFloat = sampler === "sampler2D";
  const address = strided ? "ivec2(at.x * stride.x + stride.y, at.y)" : "at";
  return `#version 300 es
precision highp float;
precision highp int;
precision highp ${sampler};
uniform ${sampler} image;
uniform vec2 origin;
uniform vec2 canvas;
uniform float texelsPerPixel;
uniform vec4 backward;
uniform ivec2 last;
uniform int samples;
uniform ivec2 stride;
uniform vec2 low;
uniform float range;
uniform float gamma;
uniform float opaque;
out vec4 color;

float above(${scalar} v) {
  return ${wide || isFloat ? aboveLimit[sampler] : "float(v) - (low.x + low.y)"};
}

float level(float v) {
  float share = clamp(v / range, 0.0, 1.0);
  return ${power ? "pow(share, gamma)" : "share"};
}

${vector} fetched(ivec2 at) { return texelFetch(image, ${address}, 0); }

vec4 numbers(ivec2 at) {
  ${vector} v = fetched(at);
  return ${texelNumbers[texel]};
}

${table ? tableColors : rampColors}
${texelHelpers(variant)}
${samplings[texel === "label" ? "nearest" : sampling](turned)}
void main() {
  vec2 screen = vec2(gl_FragCoord.x, canvas.y - gl_FragCoord.y);
  vec2 place = screen - origin;
  vec2 at = ${turned ? "backward.xy * place.x + backward.zw * place.y" : "place * texelsPerPixel"};
  ${texel === "label" ? "" : "vec4 s = sampled(at);"}
  ${texelBodies[texel]}
  ${isFloat && (texel === "number" || texel === "imaginary" || texel === "magnitude") ? "if (isNaN(s.r)) color = notANumber;" : ""}
  ${alpha ? "color = vec4(mix(board(screen), color.rgb, clamp(s.a / opaque, 0.0, 1.0)), 1);" : ""}
}`;
}

const rampColors = `uniform vec3 firstColor;
uniform vec3 lastColor;
vec4 mapped(float share) { return vec4(mix(firstColor, lastColor, share), 1); }`;

const tableColors = `uniform sampler2D colors;
uniform float lastEntry;
vec4 mapped(float share) {
  return texelFetch(colors, ivec2(int(share * lastEntry + 0.5), 0), 0);
}`;
