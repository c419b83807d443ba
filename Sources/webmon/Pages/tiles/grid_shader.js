// @ts-check
/**
 * The shaders. First the colours of the texels in view are made, a pixel each, in a small picture;
 * then each pixel of the canvas finds its own by where it is, and the grid. What it costs depends
 * on the pixels of the canvas, not on the tiles of the level.
 */

import { failed, states } from "./states.js";
import { side, slotHeight, slotWidth, summaries } from "./tile_block.js";

/** Slots beside each other in the atlas. */
export const atlasColumns = 64;

// What all fragments of the grid have in common comes to them as flat inputs: without a graphics
// processor, to read a uniform costs a fragment about as much as to fetch a texel.
export const vertexSource = `#version 300 es
// Left, top, width and height in pixels of the canvas, y down.
uniform vec4 rectangle;
uniform vec2 canvas;
uniform vec4 texels; // of the picture of colours: the corner of what is drawn, and how many
uniform float opacity;
uniform vec4 ground; // where nothing is known
uniform vec4 line;
uniform vec2 lineWidth; // in texels, which are tiles where there are lines
out vec2 place;
out vec2 at;
flat out vec4 groundColor;
flat out vec4 lineColor;
flat out vec3 lineWidthAndOpacity;
void main() {
  place = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  at = texels.xy + place * texels.zw;
  groundColor = ground;
  lineColor = line;
  lineWidthAndOpacity = vec3(lineWidth, opacity);
  vec2 corner = rectangle.xy + place * rectangle.zw;
  gl_Position = vec4(corner / canvas * vec2(2, -2) + vec2(-1, 1), 0, 1);
}`;

/**
 * Each variant does only what its case needs: without a graphics processor both sides of every
 * branch are paid for.
 *
 * @typedef {object} ColorVariant
 * @property {"nothing" | "blocks" | "summary"} source where the texels come from
 * @property {"state" | "level" | "load" | "age"} coloring
 */

/** How opaque the colours of the first picture are: this tells what failed. */
const failedAlpha = 0.5;

/** @type {Record<ColorVariant["source"], string>} */
const sources = {
  nothing: "uvec4 texelAt(ivec2 place) { return uvec4(0); }",
  blocks: `uniform usampler2D atlas; // the tiles' texels, block by block
uniform usampler2D table;    // by block: its slot in the atlas and 1, or 0
uniform ivec2 inSlot;        // where the texels of this coarseness begin
uvec4 texelAt(ivec2 place) {
  uint slot = texelFetch(table, place >> (${summaries} - coarseness), 0).r;
  if (slot == 0u) return uvec4(0);
  slot -= 1u;
  ivec2 corner = ivec2(int(slot & ${atlasColumns - 1}u) * ${slotWidth}, int(slot >> ${Math.log2(atlasColumns)}) * ${slotHeight});
  return texelFetch(atlas, corner + inSlot + (place & ((${side} >> coarseness) - 1)), 0);
}`,
  summary: `uniform usampler2D summary; // of blocks, of 2 x 2 blocks, ...
uvec4 texelAt(ivec2 place) { return texelFetch(summary, place, coarseness - ${summaries}); }`,
};

const mapped = `uniform sampler2D ramp;
vec3 mapped(float share) {
  return texelFetch(ramp, ivec2(int(clamp(share, 0.0, 1.0) * 255.0 + 0.5), 0), 0).rgb;
}`;

/** @type {Record<ColorVariant["coloring"], string>} */
const fills = {
  state: `uniform vec3 palette[${states.length}];
vec3 fill(uvec4 texel) { return palette[texel.r]; }`,
  level: `uniform vec3 levelColor;
vec3 fill(uvec4 texel) { return levelColor; }`,
  load: `${mapped}
uniform vec2 loads; // codes of the ramp's ends
vec3 fill(uvec4 texel) {
  return texel.g == 0u ? vec3(0.5) : mapped((float(texel.g) - loads.x) / (loads.y - loads.x));
}`,
  age: `${mapped}
uniform uint now;  // in steps
uniform vec2 ages; // log2 of the steps at the ramp's ends
vec3 fill(uvec4 texel) {
  uint age = max(1u, now - min(texel.b << 16 | texel.a, now));
  return mapped(1.0 - (log2(float(age)) - ages.x) / (ages.y - ages.x));
}`,
};

/** @param {ColorVariant} variant */
export function colorSource({ source, coloring }) {
  return `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform ivec2 first; // the texel that the picture's first pixel shows
uniform int coarseness; // a texel stands for 2^coarseness x 2^coarseness tiles
out vec4 color;
${sources[source]}
${fills[coloring]}
void main() {
  uvec4 texel = texelAt(first + ivec2(gl_FragCoord.xy));
  color = texel.r == 0u ? vec4(0) : vec4(fill(texel), texel.r == ${failed}u ? ${failedAlpha} : 1.0);
}`;
}

/** @param {{lines: boolean, striped: boolean}} variant whether there is a grid, and stripes on what failed */
export function gridSource({ lines, striped }) {
  return `#version 300 es
precision highp float;
precision highp int;
uniform sampler2D colors;
in vec2 at;
flat in vec4 groundColor;
flat in vec4 lineColor;
flat in vec3 lineWidthAndOpacity;
out vec4 color;
void main() {
  vec4 found = texelFetch(colors, ivec2(at), 0);
  ${striped ? `if (found.a > 0.1 && found.a < 0.9 && mod(gl_FragCoord.x - gl_FragCoord.y, 8.0) < 2.0) found.rgb *= 0.55;` : ""}
  color = found.a == 0.0 ? groundColor : vec4(found.rgb, 1) * lineWidthAndOpacity.z;
  ${lines ? "if (any(lessThan(fract(at), lineWidthAndOpacity.xy))) color = color * (1.0 - lineColor.a) + lineColor;" : ""}
}`;
}

export const pictureSource = `#version 300 es
precision highp float;
uniform sampler2D picture;
in vec2 place;
out vec4 color;
void main() {
  ivec2 size = textureSize(picture, 0);
  color = vec4(texelFetch(picture, min(ivec2(place * vec2(size)), size - 1), 0).rgb, 1);
}`;
