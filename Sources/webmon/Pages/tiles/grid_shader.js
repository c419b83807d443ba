// @ts-check
/**
 * The shaders: a level's grid and the states of its tiles, found for each pixel by where it is.
 * What it costs depends on the pixels of the canvas, not on the tiles of the level.
 */

import { side, slotHeight, slotWidth, summaries } from "./tile_block.js";

/** Slots beside each other in the atlas. */
export const atlasColumns = 64;

export const vertexSource = `#version 300 es
// Left, top, width and height in pixels of the canvas, y down.
uniform vec4 rectangle;
uniform vec2 canvas;
out vec2 place;
void main() {
  place = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 at = rectangle.xy + place * rectangle.zw;
  gl_Position = vec4(at / canvas * vec2(2, -2) + vec2(-1, 1), 0, 1);
}`;

export const gridSource = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform vec2 canvas;
uniform usampler2D atlas;    // the tiles' texels, block by block
uniform usampler2D table;    // by block: its slot in the atlas and 1, or 0
uniform usampler2D summary;  // of blocks, of 2 x 2 blocks, ...
uniform sampler2D ramp;
uniform bool known;          // whether there is any block at all
uniform ivec2 base;          // the tile at the canvas's corner; whole and part apart, for exactness
uniform vec2 part;
uniform vec2 tilesPerPixel;
uniform ivec2 grid;          // columns, rows
uniform int coarseness;      // a texel stands for 2^coarseness x 2^coarseness tiles
uniform int coloring;        // 0 state, 1 level, 2 load time, 3 age
uniform vec3 palette[6];
uniform vec3 levelColor;
uniform vec2 loads;          // codes of the ramp's ends
uniform uvec2 now;           // time in steps, two halves
uniform vec2 ages;           // log2 of the steps at the ramp's ends
uniform float opacity;
uniform vec4 ground;         // where nothing is known
uniform vec4 line;
uniform float lineWidth;
out vec4 color;

uvec4 texelAt(ivec2 place, int k) {
  if (!known) return uvec4(0);
  if (k > ${summaries}) return texelFetch(summary, place, k - ${summaries});
  uint slot = texelFetch(table, place >> (${summaries} - k), 0).r;
  if (slot == 0u) return uvec4(0);
  slot -= 1u;
  ivec2 corner = ivec2(int(slot % ${atlasColumns}u) * ${slotWidth}, int(slot / ${atlasColumns}u) * ${slotHeight});
  if (k > 0) corner += ivec2(${side}, ${side} - (${2 * side} >> k));
  return texelFetch(atlas, corner + (place & ((${side} >> k) - 1)), 0);
}

uvec4 larger(uvec4 a, uvec4 b) {
  if (a.r == 0u) return b;
  if (b.r == 0u) return a;
  bool newer = a.b > b.b || (a.b == b.b && a.a > b.a);
  return uvec4(max(a.rg, b.rg), newer ? a.ba : b.ba);
}

vec3 mapped(float share) {
  return texelFetch(ramp, ivec2(int(clamp(share, 0.0, 1.0) * 255.0 + 0.5), 0), 0).rgb;
}

vec3 fill(uvec4 texel) {
  if (coloring == 1) return levelColor;
  if (coloring == 2) {
    if (texel.g == 0u) return vec3(0.5);
    return mapped((float(texel.g) - loads.x) / (loads.y - loads.x));
  }
  if (coloring == 3) {
    uint then = texel.b << 16 | texel.a;
    uint age = max(1u, (now.x << 16 | now.y) - min(then, now.x << 16 | now.y));
    return mapped(1.0 - (log2(float(age)) - ages.x) / (ages.y - ages.x));
  }
  return palette[texel.r];
}

void main() {
  vec2 pixel = vec2(gl_FragCoord.x, canvas.y - gl_FragCoord.y);
  vec2 tiles = part + pixel * tilesPerPixel;
  ivec2 whole = ivec2(floor(tiles));
  ivec2 tile = clamp(base + whole, ivec2(0), grid - 1);
  uvec4 texel;
  if (coarseness == 0) {
    texel = texelAt(tile, 0);
  } else {
    // All that a square of two pixels covers: a lone tile is seen, wherever it lies.
    ivec2 low = clamp(base + ivec2(floor(tiles - tilesPerPixel)), ivec2(0), grid - 1) >> coarseness;
    ivec2 high = clamp(base + ivec2(floor(tiles + tilesPerPixel)), ivec2(0), grid - 1) >> coarseness;
    texel = texelAt(low, coarseness);
    if (high.x != low.x) texel = larger(texel, texelAt(ivec2(high.x, low.y), coarseness));
    if (high.y != low.y) texel = larger(texel, texelAt(ivec2(low.x, high.y), coarseness));
    if (high.x != low.x && high.y != low.y) texel = larger(texel, texelAt(high, coarseness));
  }
  color = ground;
  vec2 size = 1.0 / tilesPerPixel;
  if (texel.r != 0u) {
    vec3 flat_ = fill(texel);
    bool striped = texel.r == 5u && min(size.x, size.y) >= 12.0 && mod(pixel.x + pixel.y, 8.0) < 2.0;
    color = vec4(striped ? flat_ * 0.55 : flat_, 1) * opacity;
  }
  vec2 inside = (tiles - vec2(whole)) * size;
  if (line.a > 0.0 && (inside.x < lineWidth || inside.y < lineWidth)) color = color * (1.0 - line.a) + line;
}`;

export const pictureSource = `#version 300 es
precision highp float;
uniform sampler2D picture;
in vec2 place;
out vec4 color;
void main() {
  ivec2 size = textureSize(picture, 0);
  color = vec4(texelFetch(picture, min(ivec2(place * vec2(size)), size - 1), 0).rgb, 1);
}`;
