// @ts-check
/**
 * What a texel stands for: which numbers are taken from it, and the colour that they get.
 */

/**
 * @typedef {"number" | "magnitude" | "phase" | "imaginary" | "colour" | "label"} Texel
 *   "number" is also the real part of a complex number
 */

/** Of a texel `v`: what is averaged where several are. @type {Record<Texel, string>} */
export const texelNumbers = {
  number: "vec4(above(v.r), 0, 0, 0)",
  imaginary: "vec4(above(v.g), 0, 0, 0)",
  magnitude: "vec4(v)",
  phase: "vec4(v)",
  colour: "vec4(above(v.r), above(v.g), above(v.b), float(v.a))",
  label: "vec4(0)",
};

/** Of these numbers `s`: the colour. @type {Record<Texel, string>} */
export const texelBodies = {
  number: "color = mapped(level(s.r));",
  imaginary: "color = mapped(level(s.r));",
  magnitude: "color = mapped(level((length(s.rg) - limits.x) - limits.y));",
  phase: "color = phaseColor(atan(s.g, s.r));",
  colour: "color = vec4(level(s.r), level(s.g), level(s.b), 1);",
  label: "color = labelColor(uint(fetched(texelAt(at)).r));",
};

/** @param {import("./shader.js").ShaderVariant} variant */
export function texelHelpers({ sampler, texel, alpha }) {
  return [
    sampler === "sampler2D" ? notANumber : "",
    texel === "label" ? labelColors : "",
    texel === "phase" ? phaseColors : "",
    alpha ? checkerboard : "",
  ].join("\n");
}

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

// Three cosines a third of a turn apart: cyclic, and their sum is the same everywhere.
const phaseColors = `vec4 phaseColor(float phase) {
  return vec4(0.5 + 0.5 * cos(phase - vec3(0.0, 2.0943951, 4.1887902)), 1);
}`;

const checkerboard = `vec3 board(float height) {
  ivec2 field = ivec2(gl_FragCoord.x, height - gl_FragCoord.y) / 8;
  return vec3(((field.x + field.y) & 1) == 0 ? 0.8 : 0.6);
}`;
