/// Python code that makes dtypes in numpy, and says what numpy knows about them.
enum NumpyDTypes {
  /// Defines `facts(dtype)`, a dict for JSON: see ``DTypeFacts``.
  static let facts = #"""
    import json, warnings
    import numpy as np
    from numpy.lib.format import dtype_to_descr, descr_to_dtype

    def facts(dtype):
        unit = None
        if dtype.kind in "mM":
            name, multiple = np.datetime_data(dtype)
            if name != "generic":
                unit = name if multiple == 1 else f"{multiple}{name}"
        order = {"=": "<"}.get(dtype.byteorder, dtype.byteorder)
        fields = None
        if dtype.names is not None:
            fields = []
            for name in dtype.names:
                inner, offset, *title = dtype.fields[name]
                shape = []
                while inner.subdtype is not None:
                    inner, extents = inner.subdtype
                    shape.extend(extents)
                fields.append({
                    "name": name, "title": title[0] if title else None, "offset": offset,
                    "shape": shape, "dtype": facts(inner),
                })
        return {
            "descr": repr(dtype_to_descr(dtype)), "itemsize": dtype.itemsize, "kind": dtype.kind,
            "order": order, "unit": unit, "fields": fields,
        }

    """#

  /// Defines `dtypes`, a list of dtypes that all can be shared.
  static let matrix = #"""
    import itertools, random

    numbers = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
    strings = [f"{kind}{length}" for kind in "SUV" for length in (1, 2, 3, 7, 16, 255, 4096)]
    multiples = ["", "2", "10", "25", "1000", "2147483647"]
    units = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]
    times = [kind + unit for kind in ("M8", "m8")
             for unit in ["", *(f"[{n}{u}]" for n in multiples for u in units)]]
    plain = [np.dtype(order + code) for code in numbers + strings + times for order in "<>"]

    def structured():
        for dtype in plain:
            yield [("value", dtype)]
            yield [("count", "u1"), ("value", dtype), ("many", dtype, (2, 3)), ("last", "S3")]
            yield [(("a title", "value"), dtype), ("inner", [("x", dtype), ("y", ">i4", (1,))], (2,))]
        yield [("c", ("<f8", (5,)), (2,))]
        yield [("c", (("<f8", (5,)), (3, 1)), (2,))]
        yield [("empty tail", "u1"), ("nested", [("deeper", [("deepest", [("x", ">M8[7D]")])])])]
        yield {"names": [], "formats": [], "itemsize": 5}
        yield {"names": ["a"], "formats": ["<f4"], "offsets": [12], "itemsize": 64}
        yield {"names": ["a", "b"], "formats": ["u1", ("<u2", (2,))], "offsets": [3, 8],
               "titles": ["first", None], "itemsize": 12}
        for name in ["a b", "it's", 'say "x"', "'\"", "back\\slash", "line\nend\r", "tab\t", "\0nul",
                     "\x7f", "\x80", "\xa0", "\xad", "\xe9\xff", "e\u0301", "\u03bb", "\u4e2d\u6587",
                     "\u200b", "\u2028", "\ue000", "\U0001f52c", "\U000e0001", "\U0010ffff", "[('", "%s"]:
            yield [(name, "<f4")]
            yield [((name, "plain"), "<f4"), ("inner", [(name, "u1")])]
        yield [("\u00e9", "u1"), ("e\u0301", "u2")]  # Two names, though they look alike.
        yield [(f"channel_{i:03d}", "<f8") for i in range(200)]

    dtypes = plain + [np.dtype(each) for each in structured()]
    aligned = [[("a", "u1"), ("b", "<f8"), ("c", "u1")], [("a", "u1"), ("b", "<u2", (3,))],
               [("a", "u1"), ("in", np.dtype([("x", "u1"), ("y", "<c16")], align=True)), ("z", "S5")]]
    dtypes += [np.dtype(each, align=True) for each in aligned]
    dtypes += [np.rec.array([(1, 2.0)], dtype=[("x", "<i4"), ("y", "<f8")]).dtype]

    generator = random.Random(20)
    letters = "abcXYZ_09 '\"\\\n\t\r\0\x7f\xa0\xad\xff\u00e9\u0301\u03bb\u4e2d\u2028\u200b\ue000\U0001f52c"

    def random_name(taken):
        while True:
            name = "".join(generator.choices(letters, k=generator.randint(1, 6)))
            if name not in taken:
                taken.add(name)
                return name

    def random_dtype(depth):
        if depth == 0 or generator.random() < 0.3:
            return generator.choice(plain)
        taken, names, titles, formats, offsets, offset = set(), [], [], [], [], 0
        for _ in range(generator.randint(1, 5)):
            inner = random_dtype(depth - 1)
            while generator.random() < 0.25:
                inner = np.dtype((inner, tuple(generator.choices([1, 2, 3], k=generator.randint(1, 3)))))
            offset += generator.choice([0, 0, 0, 1, 3, 8])
            names.append(random_name(taken))
            titles.append(random_name(taken) if generator.random() < 0.2 else None)
            formats.append(inner)
            offsets.append(offset)
            offset += inner.itemsize
        return np.dtype({"names": names, "titles": titles, "formats": formats, "offsets": offsets,
                         "itemsize": offset + generator.choice([0, 0, 1, 5])})

    randoms = [random_dtype(3) for _ in range(400)]
    # A larger text needs more than a segment's header holds.
    dtypes += [each for each in randoms if len(repr(dtype_to_descr(each)).encode()) < 7500]

    """#
}
