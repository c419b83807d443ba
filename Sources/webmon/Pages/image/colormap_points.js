// @ts-check
/**
 * The colours that colour maps are interpolated between, evenly spaced, as hexadecimal RGB.
 */

/**
 * Perceptually uniform, for values from low to high. Viridis, magma, inferno and plasma are by
 * Stéfan van der Walt, Nathaniel Smith and Eric Firing (CC0), cividis is by Jamie Nuñez,
 * Christopher Anderton and Ryan Renslow (2018, CC0). Turbo, by Anton Mikhailov (Apache 2.0), is
 * not uniform, but tells more levels apart. Between 33 of their 256 colours a straight line
 * differs from the originals by at most 3 of 255, with cividis by 6.
 *
 * @type {{[name: string]: string}}
 */
export const sequential = {
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
  cividis:
    "00224e00285b002e6a0433711a386f273e6e32436d3b496c434e6c4b546c52596d" +
    "5a5f6e61656f686a716f70737576767c7b788481798b8778938d789b9376a39a75" +
    "aba072b3a670bbad6cc3b469ccba64d4c15fddc958e6d051efd748f8df3cfee838",
  turbo:
    "30123b392a734040a14456c7466be3467ff64293ff37a7fa29bbec1dcdd818dcc3" +
    "1ee8b031f2994cf97e6bfd648aff4da3fd3cb8f735cced34dee037edd03af8c03a" +
    "fdae35fe982cfb8022f56817ec520fe04009d23105c02302ac1701950d017a0403",
};

/**
 * Two hues from a neutral middle, for values about one that matters. Coolwarm is by Kenneth
 * Moreland (2009, public domain), balance is of cmocean, by Kristen Thyng (MIT).
 *
 * @type {{[name: string]: string}}
 */
export const diverging = {
  coolwarm:
    "3b4cc0445acc4d68d75775e16282ea6c8ef1779af782a5fb8db0fe98b9ffa3c2fe" +
    "aec9fcb8d0f9c2d5f4ccd9eed5dbe6dddddde5d8d1ecd3c5f1ccb9f4c4adf7bba0" +
    "f7b194f7a687f49a7bf18d6fec7f63e57058de604dd55042cb3e38c0282fb40426",
  balance:
    "181c4320275b263276293c932548af1059be0e6abd2379bb3887ba4d95ba64a2bc" +
    "7dadbf96b9c5afc5cdc6d1d6dddfe1f1ecece9dbd7e3c8c0ddb5a9d7a392d2917b" +
    "cc7f65c66c4fc0593cb9452caf3024a11d258f10297b0e29650f24500d1c3c0912",
};

/**
 * The same colour at both ends, for phases and directions. Twilight is by Bastian Bechtold (CC0),
 * phase is of cmocean, by Kristen Thyng (MIT).
 *
 * @type {{[name: string]: string}}
 */
export const cyclic = {
  twilight:
    "e2d9e2d6d7ddc2ced4aac2cc94b4c781a6c37296c16886be6275ba5f63b55e50ac" +
    "5d3da0592a8f511b7745135c3811453014373a113a4b134260184a751e4f882850" +
    "993550a74550b25752bc6958c37d63c89073cca489d2b6a3d9c7bfdfd4d6e2d9e2",
  phase:
    "a8780db3701bbe6828c75f35cf5643d54c53db4165de357bdf2b93dc25acd629c3" +
    "cc33d6c140e5b34eeea35bf39267f47f72f06a7ce95484dd3e8bce2d8fbd2193ad" +
    "19959d12978e0c987d0f9a6b229a553c993c5b9422758e1389870e99800da8780d",
};

/**
 * From black to one colour, for channels; the names are those of napari.
 *
 * @type {{[name: string]: string}}
 */
export const ramps = {
  gray: "000000ffffff",
  red: "000000ff0000",
  green: "00000000ff00",
  blue: "0000000000ff",
  cyan: "00000000ffff",
  magenta: "000000ff00ff",
  yellow: "000000ffff00",
};
