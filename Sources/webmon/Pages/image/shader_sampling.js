// @ts-check
/**
 * Which texels a pixel of the screen shows: the nearest one, four with their shares, or the mean
 * of those that it covers. Done by fetches, so that it is the same for textures of integers, which
 * no graphics processor filters.
 */

/** @typedef {"nearest" | "linear" | "mean"} Sampling */

/** @param {boolean} turned */
const texelAt = (turned) =>
  turned
    ? "ivec2 texelAt(vec2 at) { return clamp(ivec2(floor(at)), ivec2(0), lastAndStride.xy); }"
    : "ivec2 texelAt(vec2 at) { return ivec2(at); }";

const clamped = "ivec2 within(ivec2 at) { return clamp(at, ivec2(0), lastAndStride.xy); }";

/** @type {Record<Sampling, (turned: boolean) => string>} */
export const samplings = {
  nearest: (turned) => `${texelAt(turned)}
vec4 sampled(vec2 at) { return numbers(texelAt(at)); }`,

  linear: () => `${clamped}
vec4 sampled(vec2 at) {
  vec2 corner = floor(at - 0.5);
  vec2 share = at - 0.5 - corner;
  ivec2 first = ivec2(corner);
  vec4 upper = mix(numbers(within(first)), numbers(within(first + ivec2(1, 0))), share.x);
  vec4 lower =
    mix(numbers(within(first + ivec2(0, 1))), numbers(within(first + ivec2(1, 1))), share.x);
  return mix(upper, lower, share.y);
}`,

  mean: () => `${clamped}
vec4 sampled(vec2 at) {
  vec4 sum = vec4(0);
  for (int i = 0; i < samplesAcross; i += 1) {
    for (int j = 0; j < samplesAcross; j += 1) {
      vec2 part = (vec2(j, i) + 0.5) / float(samplesAcross) - 0.5;
      vec2 there = at + toImage.xy * part.x + toImage.zw * part.y;
      sum += numbers(within(ivec2(floor(there))));
    }
  }
  return sum / float(samplesAcross * samplesAcross);
}`,
};
