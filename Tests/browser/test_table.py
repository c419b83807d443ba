"""The page `table`: what it shows, sorts, filters and exports, against numpy."""

import csv
import io
import time
from urllib.parse import quote

import numpy as np
import pytest
from canvas import settled_address
from conftest import wait_until

RNG = np.random.default_rng(20240611)
ZOO = np.dtype(
    [
        ("b1", "?"), ("u1", "u1"), ("i2", ">i2"), ("u4", "<u4"), ("i8", "<i8"), ("u8", ">u8"), ("f2", "<f2"), ("f4", ">f4"), ("f8", "<f8"),
        ("c8", "<c8"), ("c16", ">c16"), ("text", "<U6"), ("wide", ">U4"), ("bytes", "S5"), ("raw", "V3"), ("day", "<M8[D]"), ("us", ">M8[us]"),
        ("ms", "<M8[25ms]"), ("month", "<M8[M]"), ("span", "<m8[ns]"), ("nested", [("y", ">f4"), ("x", [("deep", "<i4")])]), ("list", ">u2", (2, 3)),
        ("pairs", [("a", "<i2"), ("b", "<f4")], (2,)),
    ]
)  # fmt: skip


def zoo(count):
    """Records whose bytes are random where every value is allowed, with the odd ones of each kind among them."""
    records = np.zeros(count, ZOO)
    for name in ["u1", "i2", "u4", "i8", "u8", "list"]:
        info = np.iinfo(ZOO[name].base)
        records[name] = RNG.integers(info.min, info.max, records[name].shape, dtype=info.dtype.newbyteorder("="), endpoint=True)
    records["b1"] = RNG.random(count) > 0.5
    for name in ["f2", "f4", "f8"]:
        records[name] = RNG.normal(size=count) * 10.0 ** RNG.integers(-4, 5, count)
        records[name][:5] = [np.nan, np.inf, -np.inf, -0.0, 0.1]
    for name in ["c8", "c16"]:
        records[name] = RNG.normal(size=count) + 1j * RNG.normal(size=count)
        records[name][:2] = [complex(np.nan, -1), complex(0.5, -np.inf)]
    records["text"] = RNG.choice(["", "plain", "größe", 'a"b', "x, y", "=1+1", " pad", "日本語"], count)
    records["wide"] = RNG.choice(["a", "-b", "üb", "\U0001f600"], count)
    records["bytes"] = RNG.choice([b"", b"one", b"two, "], count)
    records["raw"] = np.frombuffer(RNG.bytes(3 * count), "V3")
    times = RNG.integers(-(10**15), 10**15, count)
    records["us"] = times.astype("M8[us]")
    records["day"] = (times // 86_400_000_000).astype("M8[D]")
    records["ms"] = (times // 25_000).astype("M8[25ms]")
    records["month"] = (times // 10**13).astype("M8[M]")
    records["span"] = times.astype("m8[ns]")
    records["us"][3] = records["span"][4] = "NaT"
    records["nested"]["y"] = RNG.normal(size=count)
    records["nested"]["x"]["deep"] = RNG.integers(-9, 9, count)
    records["pairs"]["a"] = RNG.integers(-9, 9, (count, 2))
    records["pairs"]["b"] = [0.5, -1.25]
    return records


def settled(page, rows):
    """Waits until so many rows are shown, and nothing is under way."""
    grid = page.locator("#grid")
    # What the grid says is of its last picture, which may be older than what was done: the next one says it anew.
    grid.evaluate("(grid) => { delete grid.dataset.rows; }")
    wait_until(lambda: grid.get_attribute("data-rows") == str(rows) and grid.get_attribute("data-busy") == "false", 60, f"{rows} rows")


def exported(page, button="CSV of the rows shown"):
    """The file that a click saves, as a list of dictionaries."""
    if not page.locator("#export").get_attribute("open") == "":
        page.locator("#export summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True)), download.value


def numbers(rows):
    return [int(row["#"]) for row in rows]


def labels(page):
    """Numbers of the rows in sight."""
    return page.evaluate(
        "() => [...document.querySelectorAll('.grid-row:not([hidden]):not(.between) .grid-label')].map((l) => Number(l.textContent))"
    )


def standing_still(page):
    """The numbers of the rows in sight once they stay: the browser scrolls over some time."""

    def look():
        seen = labels(page)
        time.sleep(0.5)
        return seen if seen == labels(page) else None

    return wait_until(look, what="rows that stay")


def show(new_page, producer, records, query="", **options):
    producer.log("zoo", records, records=len(records), **options)
    page = new_page(f"/table/?stream=zoo{query}", accept_downloads=True)
    settled(page, len(records))
    return page


# What is shown and exported


def test_every_dtype_in_a_file_and_in_the_details(new_page, producer):
    records = zoo(200)
    page = show(new_page, producer, records, "&digits=3")
    rows, download = exported(page, "CSV of all rows held")
    assert download.suggested_filename == "zoo.csv" and numbers(rows) == list(range(1, 201))
    assert b"\r\n" in open(download.path(), "rb").read()
    for name in ["u1", "i2", "u4", "i8", "u8"]:
        assert [int(row[name]) for row in rows] == records[name].tolist(), name
    assert [row["b1"] == "true" for row in rows] == records["b1"].tolist()
    for name in ["f2", "f4", "f8", "nested.y"]:
        column = records["nested"]["y"] if "." in name else records[name]
        found = np.array([float(row[name]) for row in rows]).astype(column.dtype)
        np.testing.assert_array_equal(found, column, name)
        assert (np.signbit(found) == np.signbit(column))[1:].all()
    for name in ["c8", "c16"]:
        np.testing.assert_array_equal(np.array([complex(row[name]) for row in rows]).astype(ZOO[name]), records[name])
    for name in ["text", "wide"]:
        assert [row[name] for row in rows] == records[name].tolist(), name
    assert [row["bytes"].encode() for row in rows] == records["bytes"].tolist()
    assert [bytes.fromhex(row["raw"]) for row in rows] == [value.tobytes() for value in records["raw"]]
    for name in ["day", "us", "ms", "month"]:
        assert (np.array([row[name] for row in rows], ZOO[name]).view("i8") == records[name].view("i8")).all(), name
    assert [row["span"].removesuffix(" ns") for row in rows] == [str(value).split()[0] for value in records["span"]]
    assert [int(row["nested.x.deep"]) for row in rows] == records["nested"]["x"]["deep"].tolist()
    assert [eval(row["list"]) for row in rows] == records["list"].tolist()
    assert rows[7]["pairs"] == "[" + ", ".join(f"{{a: {a}, b: {b:g}}}" for a, b in records["pairs"][7].tolist()) + "]"

    page.locator("#export summary").click()
    page.locator(".grid-row:not([hidden])").last.dblclick()
    values = page.locator("#record dd").all_inner_texts()
    names = [text.split()[0] for text in page.locator("#record dt").all_inner_texts()]
    number = int(page.inner_text("#record h2").split()[1])
    for name, value in zip(names, values):
        assert value.strip() == rows[number - 1][name].strip(), name
    # In the table itself floats have the digits that were chosen.
    page.wait_for_url(f"**row={number}*")
    page.goto(f"{page.url.split('&follow')[0]}&columns=f8")
    settled(page, 200)
    wait_until(lambda: labels(page)[-1:] == [200])
    cells = page.locator(".grid-row:not([hidden]) [aria-colindex='2']").all_inner_texts()
    for number, cell in zip(labels(page), cells, strict=True):
        value = records["f8"][number - 1]
        # What is before the point is not rounded away.
        assert float(cell) == (float(f"{value:.0f}") if 1000 <= abs(value) < 1e11 else float(f"{value:.3g}"))


def test_formulas_are_made_safe(new_page, producer):
    records = zoo(60)
    page = show(new_page, producer, records)
    page.locator("#export summary").click()
    page.locator("#safe").check()
    rows, _ = exported(page)
    assert {row["text"] for row in rows if "1+1" in row["text"]} == {"'=1+1"}
    assert {row["wide"] for row in rows if "b" in row["wide"] and "ü" not in row["wide"]} == {"'-b"}
    assert [int(row["i2"]) for row in rows] == records["i2"].tolist(), "negative numbers stay"


def test_selected_rows_are_copied(new_page, producer):
    records = np.array([(n, f"a\tb{n}") for n in range(1, 41)], [("n", "i4"), ("t", "U8")])
    producer.log("zoo", records)
    page = new_page("/table/?stream=zoo&sort=-n", permissions=["clipboard-read", "clipboard-write"])
    settled(page, 40)
    rows = page.locator(".grid-row:not([hidden])")
    wait_until(lambda: labels(page)[0] == 40)
    rows.nth(1).click()
    rows.nth(3).click(modifiers=["Shift"])
    rows.nth(5).click(modifiers=["Control"])
    page.locator("#standing", has_text="· 4 selected").wait_for()
    page.locator("#grid").focus()
    page.keyboard.press("c")
    page.get_by_text("in the clipboard").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    assert list(csv.reader(io.StringIO(text), delimiter="\t")) == [[str(n), str(n), f"a\tb{n}"] for n in (39, 38, 37, 35)]


# Sorting and filtering


def order_of(column, descending):
    """What numpy says: stable, and what has no order last."""
    last = np.isnan(column) if column.dtype.kind in "fc" else np.isnat(column) if column.dtype.kind in "mM" else np.zeros(len(column), bool)
    ranks = np.unique(column, return_inverse=True)[1]
    return np.lexsort([-ranks if descending else ranks, last])


@pytest.mark.parametrize("name", ["b1", "i2", "i8", "u8", "f2", "f4", "f8", "text", "us", "span"])
def test_sorted_as_numpy_sorts(new_page, producer, name):
    records = zoo(150)
    records[name][20:60] = records[name][0:40]
    # Of many columns only those in sight have headings.
    page = show(new_page, producer, records, f"&sort=-{name}&columns={name}")
    rows, _ = exported(page)
    assert numbers(rows) == (order_of(records[name], True) + 1).tolist()
    page.locator("#export summary").click()
    # Ascending is one click further, through the order in which they came.
    heading = page.get_by_role("columnheader", name=name).locator("button").first
    heading.click()
    page.wait_for_url(lambda address: "sort=" not in address)
    heading.click()
    page.wait_for_url(f"**sort={name}*")
    settled(page, 150)
    rows, _ = exported(page)
    assert numbers(rows) == (order_of(records[name], False) + 1).tolist()


def test_sorted_by_several_columns(new_page, producer):
    records = zoo(300)
    records["u1"] %= 4
    page = show(new_page, producer, records)
    page.get_by_role("columnheader", name="u1 uint8").locator("button").click()
    page.get_by_role("columnheader", name="b1").locator("button").click(modifiers=["Shift"])
    page.get_by_role("columnheader", name="b1").locator("button").click(modifiers=["Shift"])
    page.wait_for_url("**sort=u1,-b1*")
    settled(page, 300)
    rows, _ = exported(page)
    assert numbers(rows) == (np.lexsort([~records["b1"], records["u1"]]) + 1).tolist()
    assert page.locator("[aria-sort=ascending]").inner_text().startswith("u1")
    assert page.locator("[aria-sort=descending]").inner_text().startswith("b1")


def test_filtered_as_numpy_filters(new_page, producer):
    records = zoo(400)
    page = show(new_page, producer, records)
    i8, f4, us, text = (records[name] for name in ("i8", "f4", "us", "text"))
    some = np.float32(f4[50])
    day = np.datetime64("1990-06-01")
    cases = [
        ("u1", ">= 100", records["u1"] >= 100), ("u1", "!=7", records["u1"] != 7), ("u1", "20..60", (records["u1"] >= 20) & (records["u1"] <= 60)),
        ("u1", "..20", records["u1"] <= 20), ("u1", " 200.. ", records["u1"] >= 200), ("u1", "< 12.5", records["u1"] < 12.5),
        ("i8", f"= {i8[9]}", i8 == i8[9]), ("i8", f"> {i8[9]}", i8 > i8[9]), ("i2", "-100..100", abs(records["i2"].astype(int)) <= 100),
        ("f4", f"== {some}", f4 == some), ("f4", "= nan", np.isnan(f4)), ("f4", "!= nan", ~np.isnan(f4)), ("f4", "> 0", f4 > 0), ("f4", "<= -inf", f4 == -np.inf),
        ("b1", "= true", records["b1"]), ("text", "größe", text == "größe"), ("text", "= plain", text == "plain"), ("text", "PLA", text == "plain"),
        ("text", "/^x|e$/", (np.char.startswith(text, "x")) | (np.char.endswith(text, "e"))), ("text", "!= ", text != ""),
        ("us", f">= {day}", us >= day), ("us", "..1980-01-01T12:30", us <= np.datetime64("1980-01-01T12:30")), ("span", "> 0", records["span"] > np.timedelta64(0)),
        ("list", "/^\\[\\[1/", np.array([str(row.tolist()).startswith("[[1") for row in records["list"]])),
    ]  # fmt: skip
    for name, typed, mask in cases:
        field = page.get_by_role("textbox", name=f"Filter {name}", exact=True)
        if not field.count():
            page.goto(f"{page.url.split('&')[0]}&columns={name}")
            settled(page, 400)
        field.fill(typed)
        settled(page, int(mask.sum()))
        assert page.locator("#problem").is_hidden(), typed
        rows, _ = exported(page)
        assert numbers(rows) == (np.flatnonzero(mask) + 1).tolist(), (name, typed)
        page.locator("#export summary").click()
        field.fill("")
        settled(page, 400)


def test_one_box_for_all_columns(new_page, producer):
    records = zoo(200)
    page = show(new_page, producer, records)
    page.keyboard.press("/")
    page.keyboard.type("GRÖSSE"[:3])
    settled(page, int((records["text"] == "größe").sum()))
    page.fill("#filter", "/日本|😀/")
    settled(page, int(((records["text"] == "日本語") | (records["wide"] == "😀")).sum()))
    page.fill("#filter", "nothing like it")
    page.get_by_role("heading", name="No row matches").wait_for()
    page.fill("#filter", "/(/")
    page.locator("#problem").wait_for()
    assert page.locator("#filter").get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize(
    "name, typed, said",
    [
        ("u1", ">= abc", "“abc” is no number"), ("u1", ">=", "a value is missing"), ("u1", "5..1", "ends before it begins"), ("u1", "..", "needs an end"),
        ("text", "/[/", "Invalid regular expression"), ("text", "/x", "has no end"), ("us", "> yesterday", "is no time"), ("b1", "= maybe", "neither true nor false"),
        ("list", "> 3", "no order"), ("f4", "> nan", "no order"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_filter_is_said(new_page, producer, name, typed, said):
    page = show(new_page, producer, zoo(20), f"&columns={name}&where={name}:{quote(quote(typed))}")
    page.locator("#problem").wait_for()
    text = page.inner_text("#problem")
    assert text.startswith(f"{name}: ") and said in text
    assert page.get_by_role("textbox", name=f"Filter {name}").get_attribute("aria-invalid") == "true"
    assert page.locator("#grid").get_attribute("data-rows") == "20", "a wrong filter hides nothing"


# Records that come


def test_following_and_not(new_page, producer):
    records = np.zeros(500, [("n", "i4")])
    producer.log("zoo", records, records=100_000)
    page = new_page("/table/?stream=zoo")
    settled(page, 500)
    wait_until(lambda: labels(page)[-1] == 500)
    page.get_by_text("following the newest").wait_for()
    page.locator("#grid").hover()
    page.mouse.wheel(0, -2000)
    page.get_by_text("not following").wait_for()
    wait_until(lambda: labels(page)[-1] < 500)
    held = standing_still(page)
    producer.append("zoo", np.zeros(37, records.dtype))
    page.get_by_role("button", name="37 new").wait_for()
    assert labels(page) == held
    page.get_by_role("button", name="37 new").click()
    wait_until(lambda: labels(page)[-1] == 537)
    page.locator("#grid").focus()
    page.keyboard.press("Home")
    wait_until(lambda: labels(page)[0] == 1)
    page.keyboard.press("f")
    wait_until(lambda: labels(page)[-1] == 537)
    page.keyboard.press("ArrowUp")
    page.locator("#standing", has_text="· 1 selected").wait_for()
    page.keyboard.press("End")
    page.get_by_text("· following the newest").wait_for()


def test_what_is_held_is_bounded_and_stays_in_place(new_page, producer):
    producer.log("zoo", np.zeros(9_990, [("n", "i4")]), records=100_000)
    page = new_page("/table/?stream=zoo&hold=10000")
    settled(page, 9_990)
    page.evaluate("() => { document.querySelector('#grid').scrollTop = 21 * 5000; }")
    wait_until(lambda: labels(page)[0] in (5000, 5001))
    seen = labels(page)
    producer.append("zoo", np.zeros(2_000, [("n", "i4")]))
    wait_until(lambda: page.locator("#grid").get_attribute("data-newest") == "11990", what="all of them")
    settled(page, 10_000)
    assert labels(page) == seen, "rows above went, and these stayed where they are"
    page.locator("#grid").focus()
    page.keyboard.press("Home")
    wait_until(lambda: labels(page)[0] == 1_991)
    # Sorted ones go, too.
    page.get_by_role("columnheader", name="#").locator("button").click()
    page.get_by_role("columnheader", name="#").locator("button").click()
    wait_until(lambda: labels(page)[0] == 11_990)
    producer.append("zoo", np.zeros(10, [("n", "i4")]))
    wait_until(lambda: labels(page)[0] == 12_000)
    settled(page, 10_000)


def test_what_is_missing_is_a_row(new_page, producer, server):
    producer.log("zoo", np.zeros(100, [("n", "i4")]), records=500)
    page = new_page("/table/?stream=zoo")
    settled(page, 100)
    # The server sleeps while the ring runs over what it has not sent.
    with server.asleep():
        producer.append("zoo", np.zeros(2_000, [("n", "i4")]))
    settled(page, 601)
    page.get_by_text("1 500 lost").wait_for()
    page.evaluate("() => { document.querySelector('#grid').scrollTop = 21 * 95; }")
    page.get_by_text("1 500 records are missing, 101 to 1 600").wait_for()
    wait_until(lambda: {100, 1601} <= set(labels(page)))
    rows, _ = exported(page, "CSV of all rows held")
    assert numbers(rows) == [*range(1, 101), *range(1601, 2101)]


def test_another_generation_goes_on_below(new_page, producer, new_producer):
    producer.log("zoo", np.full(5, 1, [("n", "i4")]), records=100)
    page = new_page("/table/?stream=zoo")
    settled(page, 5)
    producer.kill()
    page.get_by_text("Producer gone").wait_for()
    new_producer().log("zoo", np.full(3, 2, [("n", "i4")]), records=100)
    settled(page, 9)
    page.get_by_text("The producer began anew").wait_for()
    assert labels(page) == [1, 2, 3, 4, 5, 1, 2, 3]


def test_ten_thousand_records_a_second(new_page, producer):
    batch = np.zeros(100, [("time", "f8"), ("bytes", "i8"), ("ms", "f4"), ("kind", "S8")])
    batch["ms"] = RNG.random(100)
    producer.log("zoo", batch, records=200_000)
    page = new_page("/table/?stream=zoo&hold=1000000&where=ms:%253E%25200.5")
    kept = int((batch["ms"] > 0.5).sum())
    settled(page, kept)
    producer.append_often("zoo", batch, period=0.01, times=300)
    settled(page, 301 * kept)
    page.get_by_text("none lost").wait_for()
    wait_until(lambda: labels(page)[-1] == 30_000 + 1 + int(np.flatnonzero(batch["ms"] > 0.5)[-1]))


def test_a_million_records(new_page, producer):
    records = np.zeros(1_000_000, [("n", "<u4"), ("v", "<f4")])
    records["n"] = np.arange(1, 1_000_001)
    records["v"] = RNG.random(1_000_000)
    producer.log("zoo", records, records=1_000_000)
    page = new_page("/table/?stream=zoo&hold=1000000")
    settled(page, 1_000_000)
    wait_until(lambda: labels(page)[-1] == 1_000_000)
    # Few elements, however many rows.
    assert page.locator(".grid-row").count() < 60
    assert page.locator("#grid").get_attribute("aria-rowcount") == "1000002"
    page.evaluate("() => { const g = document.querySelector('#grid'); g.scrollTop = (g.scrollHeight - g.clientHeight) / 2; }")
    wait_until(lambda: abs(labels(page)[0] - 500_000) < 100)
    first = labels(page)[0]
    assert labels(page) == list(range(first, first + len(labels(page))))
    page.locator("#grid").focus()
    page.keyboard.press("Home")
    wait_until(lambda: labels(page)[0] == 1)
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    wait_until(lambda: labels(page)[0] > 20)
    page.get_by_role("columnheader", name="v float32").locator("button").click()
    order = np.argsort(records["v"], kind="stable")
    wait_until(lambda: labels(page)[0] == order[0] + 1, 60)
    assert labels(page) == (order[: len(labels(page))] + 1).tolist()
    page.get_by_role("textbox", name="Filter v").fill("> 0.9999")
    wanted = order[records["v"][order] > np.float32(0.9999)]
    settled(page, len(wanted))
    rows, _ = exported(page)
    assert numbers(rows) == (wanted + 1).tolist()


# Arrays and frames


def test_a_matrix(new_page, producer):
    data = RNG.integers(-(2**31), 2**31, (30, 700), dtype="i4").astype(">i4")
    producer.array("zoo", data)
    page = new_page("/table/?stream=zoo")
    settled(page, 30)
    assert page.locator("#grid").get_attribute("aria-colcount") == "701"
    assert page.locator(".grid-row").first.locator(".grid-cell").count() < 40, "columns out of sight have no cells"
    page.evaluate("() => { document.querySelector('#grid').scrollLeft = 1e9; }")
    cell = page.locator(".grid-row:not([hidden]) [aria-colindex='701']").nth(4)
    wait_until(lambda: cell.count() and cell.inner_text() == str(data[4, 699]))
    rows, _ = exported(page)
    assert [[int(row[str(x)]) for x in range(700)] for row in rows] == data.tolist()
    data[4, 699] = 5
    page.locator("#changes").check()
    producer.edit("zoo", data)
    wait_until(lambda: cell.inner_text() == "5" and "changed" in cell.get_attribute("class"))
    assert page.locator(".grid-cell.changed").count() == 1


def test_planes_and_records_of_frames(new_page, producer):
    stack = RNG.normal(size=(3, 4, 5, 6)).astype("f4")
    producer.stream("stack", stack, metadata={"axes": ["t", "z", "y", "x"]})
    points = zoo(12).reshape(3, 4)
    producer.stream("points", points)
    page = new_page("/table/?stream=stack&index=2,1&digits=full")
    settled(page, 5)
    rows, _ = exported(page)
    np.testing.assert_array_equal(np.array([[row[str(x)] for x in range(6)] for row in rows], "f4"), stack[2, 1])
    page.locator("#export summary").click()
    page.get_by_label("z", exact=True).fill("3")
    page.keyboard.press("Enter")
    page.wait_for_url("**index=2,3*")
    settled(page, 5)
    rows, _ = exported(page)
    np.testing.assert_array_equal(np.array([[row[str(x)] for x in range(6)] for row in rows], "f4"), stack[2, 3])
    page.locator("#picker").select_option("points")
    settled(page, 12)
    rows, _ = exported(page)
    assert [row["index"] for row in rows] == [f"{y}, {x}" for y in range(3) for x in range(4)]
    assert [int(row["i8"]) for row in rows] == points["i8"].ravel().tolist()


# The page around it


def test_a_link_opens_the_same_view(new_page, producer):
    records = np.zeros(300, [("n", "i4"), ("a, b", "f8"), ("kind", "U5")])
    records["n"] = np.arange(300) % 7
    records["a, b"] = RNG.normal(size=300)
    records["kind"] = RNG.choice(["load", "paint"], 300)
    producer.log("other", np.zeros(2, [("x", "f4")]))
    page = show(new_page, producer, records)
    page.get_by_role("columnheader", name="a, b").locator("button").click()
    page.get_by_role("textbox", name="Filter kind").fill("= load, ? & %")
    page.get_by_role("textbox", name="Filter kind").fill("= load")
    page.get_by_role("textbox", name="Filter n").fill("1..4")
    page.locator("#columns summary").click()
    page.get_by_role("button", name="Move kind before its neighbour").click()
    page.get_by_role("button", name="Move kind before its neighbour").click()
    page.keyboard.press("Escape")
    page.locator("#digits").select_option("4")
    mask = (records["kind"] == "load") & (records["n"] >= 1) & (records["n"] <= 4)
    settled(page, int(mask.sum()))
    page.locator(".grid-row:not([hidden])").nth(2).dblclick()
    page.wait_for_url("**row=*")
    settled_address(page)
    again = new_page(page.url.replace(page.url.split("/table/")[0], ""))
    settled(again, int(mask.sum()))
    again.locator("#record").wait_for()
    for one in (page, again):
        assert one.locator(".grid-title").all_inner_texts()[1:] == ["kind\nstr 5", "n\nint32", "a, b\nfloat64\n▲"] or "kind" in one.locator(".grid-title").nth(1).inner_text()
        assert one.locator(".grid-title[aria-sort=ascending]").inner_text().startswith("a, b")
        assert one.input_value("#digits") == "4"
    assert again.inner_text("#record") == page.inner_text("#record")
    wait_until(lambda: labels(again) == labels(page), what="the same rows in sight")
    again.evaluate("() => { document.querySelector('#grid').scrollTop = 21 * 4; }")
    again.wait_for_url("**at=*")
    third = new_page(again.url.replace(again.url.split("/table/")[0], ""))
    settled(third, int(mask.sum()))
    wait_until(lambda: labels(third) == labels(again))
    # And where one was that did not follow.
    plain = new_page("/table/?stream=zoo&follow=0&at=120")
    settled(plain, 300)
    wait_until(lambda: labels(plain)[0] == 120)


def test_states(new_page, server, producer):
    page = new_page("/table/")
    page.get_by_role("heading", name="No log is shared yet").wait_for()
    assert "webmon.Log(" in page.inner_text("pre")
    producer.log("zoo", zoo(8), records=10)
    settled(page, 8)
    page.wait_for_url("**stream=zoo")
    waiting = new_page("/table/?stream=later")
    waiting.get_by_role("heading", name="Waiting for later").wait_for()
    producer.log("later", np.zeros(0, [("x", "f4")]), records=10)
    waiting.get_by_text("holds the newest").wait_for()
    producer.close("zoo")
    page.get_by_text("Producer ended").wait_for()
    settled(page, 8)
    server.stop()
    page.get_by_text("What you see is the last that came").wait_for()
    assert page.locator(".grid-row:not([hidden])").count() == 8
    server.start()
    page.get_by_text("connected", exact=True).wait_for()
    waiting.get_by_text("connected", exact=True).wait_for()
    producer.append("later", np.zeros(4, [("x", "f4")]))
    settled(waiting, 4)
    page.problems.clear()  # Chromium reports each attempt that failed.
    waiting.problems.clear()


def test_it_is_a_grid_for_screen_readers(new_page, producer):
    page = show(new_page, producer, zoo(100))
    grid = page.get_by_role("grid", name="zoo")
    assert grid.get_attribute("aria-rowcount") == "102" and grid.get_attribute("aria-colcount") == "25"
    assert page.get_by_role("columnheader").count() >= 10
    page.locator("#grid").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")

    def active():
        """The row index of the active row, which Home may still be on its way to."""
        name = grid.get_attribute("aria-activedescendant")
        row = page.locator(f"#{name}") if name else None
        return row and row.get_attribute("aria-selected") == "true" and row.get_attribute("aria-rowindex")

    wait_until(lambda: active() == "4")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Record 2").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Record 2").wait_for(state="hidden")
    page.keyboard.press("?")
    assert "follow the newest record" in page.get_by_role("dialog").inner_text()


def test_a_log_in_the_viewer_leads_here(new_page, producer):
    producer.log("zoo", zoo(10))
    page = new_page("/viewer/?stream=zoo")
    page.get_by_role("link", name="Plot in Loader Stats").wait_for()
    page.get_by_role("link", name="Open in the Table").click()
    page.wait_for_url("**/table/?stream=zoo*")
    settled(page, 10)
