// @ts-check
/**
 * Colour maps as tables of 256 colours.
 *
 * Viridis, magma, inferno and plasma are by Stéfan van der Walt, Nathaniel Smith and Eric Firing
 * (CC0), turbo is by Anton Mikhailov. They are kept as 33 evenly spaced colours and interpolated,
 * which differs from their originals by at most 4 of 255.
 */

/** @type {{[name: string]: string}} */
const sampled = {
  viridis:
    "440154470d6048186a482374472d7b4536814240863f49893b528b375a8d33638d" +
    "2f6a8e2c728e297a8e26818e23898e21908c1f988b1f9f8821a68528ae8031b57b" +
    "3ebc744cc26c5dc9636ece5882d34c96d83fabdc32c0df24d5e21aeae51afde725",
  magma:
    "0000040303110a0822130d331d114628115a36106a430f7650127c5d177f691c81" +
    "7621818226818f2a819c2e7fa9327db63779c33b75cf4170db486ae65163ee5c5e" +
    "f5695cf9785dfb8761fd9668fea571feb47bfec387fed194fde0a2fceeb0fcfdbf",
  inferno:
    "0000040403120b0724150b37210c4a2e0a5a3c09654a0c6b57106d63146e70196e" +
    "7d1e6d89226a962766a32b61af315cbb3755c63e4dd14644db4f3be35932eb6528" +
    "f1711ef67f14f98d0afb9c06fcab0ffbba1ff9ca32f5d949f2e865f3f586fcffa4",
  plasma:
    "0d08872206903105963f049c4c02a15901a56600a77201a87e03a88909a69511a2" +
    "9f1a9ca92396b22c8ebb3587c33e80cb4778d25071d9596ae06263e66c5ceb7555" +
    "f07f4ff48a48f89441fb9f3afdab33feb72dfdc328fcd025f9dd25f5eb27f0f921",
  turbo:
    "30123b392a734040a14456c7466be3467ff64293ff37a7fa29bbec1dcdd818dcc3" +
    "1ee8b031f2994cf97e6bfd648aff4da3fd3cb8f735cced34dee037edd03af8c03a" +
    "fdae35fe982cfb8022f56817ec520fe04009d23105c02302ac1701950d017a0403",
};

/**
 * From black to one colour, for channels; the names are those of napari.
 *
 * @type {{[name: string]: string}}
 */
const ramps = {
  gray: "000000ffffff",
  gray_r: "ffffff000000",
  red: "000000ff0000",
  green: "00000000ff00",
  blue: "0000000000ff",
  cyan: "00000000ffff",
  magenta: "000000ff00ff",
  yellow: "000000ffff00",
};

/**
 * Name and label of every colour map. "labels" gives every number a colour of its own, in the
 * shader; "hilo" is gray with what lies at or past the contrast limits in blue and red.
 *
 * @type {readonly {name: string, label: string}[]}
 */
export const colormaps = [
  { name: "gray", label: "gray" },
  { name: "gray_r", label: "gray, inverted" },
  { name: "viridis", label: "viridis" },
  { name: "magma", label: "magma" },
  { name: "inferno", label: "inferno" },
  { name: "plasma", label: "plasma" },
  { name: "turbo", label: "turbo" },
  { name: "hilo", label: "gray, clipped in colour" },
  { name: "red", label: "red" },
  { name: "green", label: "green" },
  { name: "blue", label: "blue" },
  { name: "cyan", label: "cyan" },
  { name: "magenta", label: "magenta" },
  { name: "yellow", label: "yellow" },
  { name: "labels", label: "labels (categorical)" },
];

/** @param {unknown} name */
export function isColormap(name) {
  return colormaps.some((colormap) => colormap.name === name);
}

/**
 * The ends of a colour map that is a straight line between two colours, 0 to 1; else null.
 *
 * @param {string} name
 * @returns {{first: [number, number, number], last: [number, number, number]} | null}
 */
export function colormapRamp(name) {
  const text = ramps[name];
  if (text === undefined) return null;
  const part = (/** @type {number} */ at) => parseInt(text.slice(at, at + 2), 16) / 255;
  return { first: [part(0), part(2), part(4)], last: [part(6), part(8), part(10)] };
}

/**
 * The colours of a map, RGBA.
 *
 * @param {string} name
 * @param {number} length how many
 * @param {number} gamma exponent of the gray level
 */
export function colormapTable(name, length = 256, gamma = 1) {
  const text = sampled[name] ?? ramps[name] ?? ramps.gray;
  const points = text.length / 6;
  const channel = (/** @type {number} */ point, /** @type {number} */ c) =>
    parseInt(text.slice(6 * point + 2 * c, 6 * point + 2 * c + 2), 16);
  const table = new Uint8Array(4 * length);
  for (let i = 0; i < length; i += 1) {
    const place = (i / (length - 1)) ** gamma * (points - 1);
    const left = Math.min(Math.floor(place), points - 2);
    const share = place - left;
    for (let c = 0; c < 3; c += 1) {
      const value = channel(left, c) * (1 - share) + channel(left + 1, c) * share;
      table[4 * i + c] = Math.round(value);
    }
    table[4 * i + 3] = 255;
  }
  if (name === "hilo") {
    table.set([0, 80, 255, 255], 0);
    table.set([255, 40, 40, 255], 4 * (length - 1));
  }
  return table;
}

/**
 * A CSS gradient of the colour map; past both ends their colours run on.
 *
 * @param {string} name
 * @param {number} from where the first colour stands, in per cent
 * @param {number} to where the last one stands
 */
export function colormapGradient(name, from, to) {
  const table = colormapTable(name);
  const stops = Array.from({ length: 17 }, (_, i) => {
    const at = 4 * Math.round((i / 16) * 255);
    const place = from + (i / 16) * (to - from);
    return `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]}) ${place.toFixed(2)}%`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
