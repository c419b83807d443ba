"""The page `viewer`: its states, its figures, its address."""

import re

import numpy as np
from canvas import NOTHING_ABOVE, assert_gray, eventually, gray_levels, screen, settled_address, viewer_address, wait_for_frame
from conftest import wait_until

RNG = np.random.default_rng(11)
SHAPE = (100, 160)


def image(dtype="u2", high=4096):
    return RNG.integers(0, high, SHAPE).astype(dtype)


def test_a_restarted_producer(new_page, new_producer):
    first, second = image(), image("u1", 256)
    old = new_producer()
    old.stream("camera", first, metadata={"contrast_limits": [0, 4000]})
    page = new_page(viewer_address("camera", SHAPE))
    wait_for_frame(page)
    old.end()
    page.get_by_text(re.compile("Producer ended, last frame .* ago; waiting")).wait_for()
    assert_gray(screen(page, SHAPE), gray_levels(first, 0, 4000))
    new = new_producer()
    new.stream("camera", second)
    new.put("camera", second)
    wait_for_frame(page, 2)
    # The list of streams may come after the frame; where all is slow, that none follows is said by then.
    badge = page.locator("#badge")
    wait_until(lambda: badge.is_hidden() or badge.inner_text().startswith("No new frame"), 30, "that nothing is said of the old producer")
    assert_gray(screen(page, SHAPE), second.astype(int), allowed=0)
    page.locator("#summary", has_text="uint8").wait_for()


def test_a_producer_that_died(new_page, producer, new_producer):
    data = image("u1", 256)
    producer.stream("camera", data)
    page = new_page(viewer_address("camera", SHAPE))
    wait_for_frame(page)
    producer.kill()
    page.get_by_text(re.compile("Producer gone, last frame .* ago")).wait_for()
    assert_gray(screen(page, SHAPE), data.astype(int), allowed=0)
    another = new_producer()
    another.stream("camera", 255 - data)
    page.get_by_text("Producer gone").wait_for(state="hidden")
    wait_until(lambda: (screen(page, SHAPE)[..., 0] == 255 - data).all(), what="the new producer's frame")


def test_a_restarted_server(new_page, server, producer):
    first, second = image("u1", 256), image("u1", 256)
    producer.stream("camera", first)
    page = new_page(viewer_address("camera", SHAPE))
    wait_for_frame(page)
    server.stop()
    page.get_by_text(re.compile(r"reconnecting in \d+ s")).wait_for()
    page.get_by_role("button", name="Try now").wait_for()
    assert page.locator("#canvas").is_visible()
    producer.put("camera", second)
    server.start()
    page.get_by_text("connected", exact=True).wait_for()
    wait_for_frame(page, 2)
    assert page.get_by_role("button", name="Try now").is_hidden()
    assert_gray(screen(page, SHAPE), second.astype(int), allowed=0)
    page.problems.clear()  # Chromium reports each attempt that failed.


def test_waiting_for_a_stream_and_for_its_first_frame(new_page, producer):
    page = new_page("/viewer/?stream=camera")
    page.get_by_role("heading", name="Waiting for camera").wait_for()
    producer.stream("camera", image(), put=False)
    page.get_by_role("heading", name="camera has no data yet").wait_for()
    producer.put("camera", image())
    wait_for_frame(page)
    assert page.locator("#blank").is_hidden()


def test_no_streams(new_page, producer):
    page = new_page("/viewer/")
    page.get_by_role("heading", name="Nothing is shared yet").wait_for()
    assert "webmon.Stream(" in page.inner_text("pre")
    producer.stream("camera", image())
    wait_for_frame(page)
    page.wait_for_url("**stream=camera**")


def test_no_elements(new_page, producer):
    producer.array("nothing", np.zeros((0, 5), "u1"))
    new_page("/viewer/?stream=nothing").get_by_role("heading", name="nothing has no elements").wait_for()


def test_a_link_opened_afresh_shows_the_same(new_page, producer):
    data = RNG.integers(0, 4096, (6, *SHAPE)).astype("u2")
    producer.stream("stack", data)
    page = new_page("/viewer/?stream=stack")
    wait_for_frame(page)
    page.select_option("#colormap", "viridis")
    page.fill("#low-number", "300")
    page.press("#low-number", "Enter")
    page.fill("#high-number", "2500")
    page.press("#high-number", "Enter")
    page.get_by_label("Index on axis 0").fill("5")
    page.locator("#canvas").hover(position={"x": 300, "y": 200})
    page.mouse.wheel(0, -300)
    page.mouse.down()
    page.mouse.move(380, 300, steps=4)
    page.mouse.up()
    page.mouse.move(5, 5)
    address = settled_address(page)
    assert "limits=300,2500" in address and "view=" in address
    again = new_page(address.removeprefix(address.split("/viewer/")[0]))
    wait_for_frame(again)
    assert again.input_value("#low-number") == "300"
    assert again.input_value("#colormap") == "viridis"
    assert again.locator("#sliders output").inner_text() == "5 / 5"
    wait_until(
        lambda: len({p.locator("#canvas").screenshot(style=NOTHING_ABOVE) for p in (page, again)}) == 1, 30, "the same picture in both"
    )


def test_the_value_under_the_cursor_is_the_arrays_own(new_page, producer):
    data = RNG.integers(2**62, 2**63, SHAPE).astype("u8")
    producer.stream("wide", data, metadata={"scale": [0.5, 0.25], "units": ["um", "um"]})
    page = new_page(viewer_address("wide", SHAPE))
    wait_for_frame(page)
    page.locator("#note", has_text="32-bit floats").wait_for()
    box = page.locator("#canvas").bounding_box()
    row, column = 30, 47
    page.mouse.move(
        box["x"] + round(box["width"] / 2 - SHAPE[1] / 2) + column + 0.5,
        box["y"] + round(box["height"] / 2 - SHAPE[0] / 2) + row + 0.5,
    )
    expected = ["[30,", "47]", "(15,", "11.75", "um)", str(data[row, column])]
    wait_until(lambda: page.inner_text("#cursor").split() == expected, 30, f"the text {expected}")


def test_what_a_dtype_loses_is_said_before_the_first_frame(new_page, producer):
    """It comes with the panel and not after the picture, where it would push the controls down."""
    producer.stream("wide", image("f8"), put=False)
    page = new_page(viewer_address("wide", SHAPE))
    page.get_by_text("wide has no data yet").wait_for()
    page.locator("#note", has_text="7 of 16 digits").wait_for()


def test_the_figures_of_the_delivery(new_page, producer):
    producer.stream("camera", image())
    producer.run("camera", RNG.integers(0, 4096, (5, *SHAPE)).astype("u2"), period=0.05)
    page = new_page("/viewer/?stream=camera")
    wait_for_frame(page, 20)

    def are_told():
        figures = page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('#delivery .figure')].map((f) => [f.className.split(' ')[1], "
            "{ text: f.textContent, title: f.title }]))"
        )
        rate = re.match(r"[\d.]+", figures["rate"]["text"])
        assert rate and 1 < float(rate[0]) < 30
        latency = re.match(r"([\d.]+) / ([\d.]+) ms", figures["latency"]["text"])
        assert latency and 0 < float(latency[1]) <= float(latency[2]) < 10_000
        assert "commit until" in figures["latency"]["title"]
        assert re.match(r"\d+ behind", figures["behind"]["text"])
        assert re.match(r"You are \d+ frames behind", figures["behind"]["title"])
        assert re.match(r"[\d.]+ [KM]B/s", figures["bytes"]["text"])

    eventually(are_told)


def test_pause_holds_the_picture(new_page, producer):
    first, second = image("u1", 256), image("u1", 256)
    producer.stream("camera", first)
    page = new_page(viewer_address("camera", SHAPE))
    wait_for_frame(page)
    page.keyboard.press(" ")
    page.get_by_text("Paused", exact=True).wait_for()
    wait_until(lambda: not producer.wanted("camera"), what="`wanted` being false while paused")
    producer.put("camera", second)
    page.wait_for_function("() => document.querySelector('#delivery .figure.behind').textContent === '1 behind'")
    assert_gray(screen(page, SHAPE), first.astype(int), allowed=0)
    page.keyboard.press(" ")
    wait_for_frame(page, 2)
    assert_gray(screen(page, SHAPE), second.astype(int), allowed=0)


def test_another_stream_is_picked(new_page, producer):
    one, two = image("u1", 256), image("u1", 256)
    producer.stream("one", one)
    producer.stream("two", two)
    page = new_page(viewer_address("one", SHAPE, limits="0,10"))
    wait_for_frame(page)
    page.select_option("#picker", "two")
    page.wait_for_url("**stream=two")
    wait_for_frame(page)
    page.keyboard.press("Escape")
    page.locator("#one").click()
    eventually(lambda: assert_gray(screen(page, SHAPE), two.astype(int), allowed=0))


LOG = np.dtype([("time", "<f8"), ("load_ms", "<f4"), ("nbytes", "<u8"), ("tag", "S4"), ("at", "<M8[s]")])


def log_records(first, count):
    made = np.zeros(count, LOG)
    for index in range(count):
        number = first + index
        made[index] = (number / 8, number / 4, number * 1000, f"t{number}".encode(), np.datetime64(1_700_000_000 + number, "s"))
    return made


def rows(page):
    return page.evaluate(
        "[...document.querySelectorAll('.records tbody tr')].map((r) => [...r.children].map((c) => c.textContent))"
    )


def test_a_log_is_a_table_newest_first(new_page, producer):
    producer.log("loads", log_records(1, 5))
    page = new_page("/viewer/?stream=loads")
    page.wait_for_selector('#records[data-sequence="5"]')
    assert rows(page)[0] == ["5", "0.625", "1.25", "5000", "t5", "2023-11-14T22:13:25"]
    assert [row[0] for row in rows(page)] == ["5", "4", "3", "2", "1"]
    producer.append("loads", log_records(6, 3))
    page.wait_for_selector('#records[data-sequence="8"]')
    assert [row[3] for row in rows(page)] == [str(number * 1000) for number in range(8, 0, -1)]
    heads = page.locator(".records thead th").all_inner_texts()
    assert [head.split()[0] for head in heads] == ["#", "time", "load_ms", "nbytes", "tag", "at"]
    producer.append("loads", log_records(9, 500))
    page.wait_for_selector('#records[data-sequence="508"]')
    assert [row[0] for row in rows(page)] == [str(number) for number in range(508, 308, -1)]


def test_a_line_can_be_a_table(new_page, producer):
    producer.stream("spectrum", np.linspace(0, 1, 50).astype("f4"))
    page = new_page("/viewer/?stream=spectrum&as=table")
    page.wait_for_selector('#records[data-sequence="1"]')
    assert [float(row[1]) for row in rows(page)] == [float(str(v)) for v in np.linspace(0, 1, 50).astype("f4")]


def test_an_empty_log_says_so(new_page, producer):
    producer.log("loads", log_records(1, 0))
    page = new_page("/viewer/?stream=loads")
    page.get_by_role("columnheader", name="load_ms").wait_for()
