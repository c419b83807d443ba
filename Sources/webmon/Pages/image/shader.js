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

/**
 * What all fragments have in common comes to them as flat inputs, some put together: on machines that
 * draw without a graphics processor, to read a uniform costs a fragment about as much as to fetch a
 * texel, and with them here the drawing takes half of the time.
 *
 * @param {"in" | "out"} way
 */
const constants = (way) => `flat ${way} vec4 toTexels;
flat ${way} vec4 toImage;
flat ${way} ivec4 lastAndStride;
flat ${way} int samplesAcross;
flat ${way} vec3 limits;
flat ${way} vec3 exponentOpaqueEntry;
flat ${way} vec3 rampFirst;
flat ${way} vec3 rampLast;`;

export const vertexSource = `#version 300 es
// A part of one texture: its corner on the canvas (y down), where a step in x and in y leads, and
// which texels are drawn.
uniform vec2 origin;
uniform vec4 forward;
uniform vec4 extent;
uniform vec2 canvas;
uniform float texelsPerPixel;
uniform vec4 backward;
uniform ivec2 last;
uniform ivec2 stride;
uniform int samples;
uniform vec2 low;
uniform float range;
uniform float gamma;
uniform float opaque;
uniform vec3 firstColor;
uniform vec3 lastColor;
uniform float lastEntry;
${constants("out")}
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 texel = mix(extent.xy, extent.zw, corner);
  vec2 place = origin + forward.xy * texel.x + forward.zw * texel.y;
  gl_Position = vec4(place / canvas * vec2(2, -2) + vec2(-1, 1), 0, 1);
  toTexels = vec4(-origin.x, canvas.y - origin.y, texelsPerPixel, canvas.y);
  toImage = backward;
  lastAndStride = ivec4(last, stride);
  samplesAcross = samples;
  limits = vec3(low, range);
  exponentOpaqueEntry = vec3(gamma, opaque, lastEntry);
  rampFirst = firstColor;
  rampLast = lastColor;
}`;

// The limit comes in two parts whose sum it is. The halves of an integer are compared with them
// one by one, which is exact.
const aboveLimit = {
  usampler2D: "(float(v >> 16) * 65536.0 - limits.x) + (float(v & 65535u) - limits.y)",
  isampler2D: "(float(v >> 16) * 65536.0 - limits.x) + (float(v & 65535) - limits.y)",
  sampler2D: "(v - limits.x) - limits.y",
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
  const address = strided ? "ivec2(at.x * lastAndStride.z + lastAndStride.w, at.y)" : "at";
  return `#version 300 es
precision highp float;
precision highp int;
precision highp ${sampler};
uniform ${sampler} image;
${constants("in")}
out vec4 color;

float above(${scalar} v) {
  return ${wide || isFloat ? aboveLimit[sampler] : "float(v) - (limits.x + limits.y)"};
}

float level(float v) {
  float share = clamp(v / limits.z, 0.0, 1.0);
  return ${power ? "pow(share, exponentOpaqueEntry.x)" : "share"};
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
  vec2 place = vec2(gl_FragCoord.x, -gl_FragCoord.y) + toTexels.xy;
  vec2 at = ${turned ? "toImage.xy * place.x + toImage.zw * place.y" : "place * toTexels.z"};
  ${texel === "label" ? "" : "vec4 s = sampled(at);"}
  ${texelBodies[texel]}
  ${isFloat && (texel === "number" || texel === "imaginary" || texel === "magnitude") ? "if (isNaN(s.r)) color = notANumber;" : ""}
  ${alpha ? "color = vec4(mix(board(toTexels.w), color.rgb, clamp(s.a / exponentOpaqueEntry.y, 0.0, 1.0)), 1);" : ""}
}`;
}

const rampColors = "vec4 mapped(float share) { return vec4(mix(rampFirst, rampLast, share), 1); }";

const tableColors = `uniform sampler2D colors;
vec4 mapped(float share) {
  return texelFetch(colors, ivec2(int(share * exponentOpaqueEntry.z + 0.5), 0), 0);
}`;
