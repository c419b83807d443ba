"""The page `tiles`: what producers tell of their tiles, against the pixels of the canvas."""

import time

import firefox
import numpy as np
import pytest
from canvas import settled_address
from conftest import wait_until
from tile_producer import LAYER, VIEW, TileProducer, at, close, screen, settle, tile, wait_for_events

COLORS = {"cached": (47, 125, 184), "want": (139, 146, 155), "loading": (233, 160, 41), "drawn": (224, 49, 60), "failed": (176, 58, 208)}
LEVEL_COLORS = [(76, 120, 208), (58, 161, 122), (214, 140, 47)]
STAGE, INK = (223, 226, 229), (27, 31, 35)
NOTHING = tuple(round(0.94 * stage + 0.06 * ink) for stage, ink in zip(STAGE, INK, strict=True))
YELLOW = (255, 224, 0)


@pytest.fixture
def new_tiles(directory, tmp_path):
    made = []

    def make():
        made.append(TileProducer(directory, tmp_path))
        return made[-1]

    yield make
    for producer in made:
        if producer.process.poll() is None:
            producer.end(kill=True)


@pytest.fixture
def tiles(new_tiles):
    return new_tiles()


def viridis(page):
    colors = page.evaluate("async () => Array.from((await import('/image/colormaps.js')).colormapTable('viridis'))")
    return np.array(colors).reshape(256, 4)[:, :3]


def share(table, color):
    """Where a colour stands in the table, 0 to 1."""
    distance = np.abs(table - np.array(color)).sum(1)
    assert distance.min() <= 4, color
    return distance.argmin() / 255


def tell_of_all(tiles):
    tiles.open()
    for column, state in enumerate(COLORS):
        tiles.say(state, "slide", 0, 2, column)
    tiles.say("evicted", "slide", 0, 2, 0)
    tiles.say("cached", "slide", 0, [2, 3, 3], [0, 0, 1], milliseconds=[5, 20, 80], nbytes=[100, 65536, 2_000_000])
    tiles.say("drawn", "slide", 1, 0, 0)


def address(page):
    """As it is now: Playwright's `page.url` stands still while nothing is asked of the page."""
    return page.evaluate("location.href")


# Colours


def test_each_state(new_page, tiles):
    tell_of_all(tiles)
    page = new_page(f"/tiles/?stream=tiles&level=0&{VIEW}", color_scheme="light")
    wait_for_events(page, tiles.sequence)
    pixels = screen(page)
    for column, color in enumerate(COLORS.values()):
        assert close(tile(pixels, 2, column), color) or column == 4, (column, tile(pixels, 2, column))
    # What failed has stripes of a darker shade of its colour.
    middle = [at(pixels, 250, 440 + 2.5 * n) for n in range(8)]
    assert any(close(found, COLORS["failed"]) for found in middle)
    assert any(close(found, [0.55 * part for part in COLORS["failed"]]) for found in middle)
    assert close(tile(pixels, 6, 6), NOTHING) and close(at(pixels, -100, 500), STAGE)
    # The grid: an edge is darker than what is beside it.
    assert sum(at(pixels, 650, 700.5)) < sum(NOTHING) - 60
    page.locator("#grid").uncheck()
    wait_until(lambda: close(at(screen(page), 650, 700.5), NOTHING))
    assert "grid=0" in wait_until(lambda: "grid=0" in address(page) and address(page))


def test_states_follow(new_page, tiles):
    tiles.open()
    page = new_page(f"/tiles/?stream=tiles&level=0&{VIEW}")
    page.get_by_text("slide", exact=True).wait_for()
    for state in ("want", "loading", "cached", "drawn", "cached"):
        tiles.say(state, "slide", 0, 5, 5)
        wait_for_events(page, tiles.sequence)
        assert close(tile(screen(page), 5, 5), COLORS[state])
    tiles.say("evicted", "slide", 0, 5, 5)
    wait_for_events(page, tiles.sequence)
    assert close(tile(screen(page), 5, 5), NOTHING)


def test_colour_by_level_load_time_and_age(new_page, tiles):
    tell_of_all(tiles)
    tiles.say("cached", "slide", 0, [7, 7], [0, 1], time=[time.time() - 600, time.time() - 20])
    tiles.say("want", "slide", 0, 0, 9)
    page = new_page(f"/tiles/?stream=tiles&level=0&color=level&{VIEW}")
    wait_for_events(page, tiles.sequence)
    pixels = screen(page)
    assert close(tile(pixels, 2, 3), LEVEL_COLORS[0]) and close(tile(pixels, 3, 0), LEVEL_COLORS[0])
    page.locator("#level").select_option("1")
    settle(page)
    assert close(tile(screen(page), 0, 0, 200), LEVEL_COLORS[1])

    page.locator("#level").select_option("0")
    page.locator("#color").select_option("load")
    page.locator(".ramp").wait_for()
    settle(page)
    pixels, table = screen(page), viridis(page)
    # 5 to 80 ms: the decades 1 to 100 ms, by logarithm.
    for (row, column), milliseconds in {(2, 0): 5, (3, 0): 20, (3, 1): 80}.items():
        assert share(table, tile(pixels, row, column)) == pytest.approx(np.log10(milliseconds) / 2, abs=0.03)
    assert close(tile(pixels, 2, 1), (128, 128, 128))

    page.locator("#color").select_option("age")
    settle(page)
    ages = [share(table, tile(screen(page), 7, column)) for column in (0, 1)]
    assert ages[0] == pytest.approx(1 - np.log10(600) / 3, abs=0.06)
    assert ages[0] < ages[1] < share(table, tile(screen(page), 0, 9))


def test_several_layers(new_page, tiles):
    tiles.open(LAYER, ("masks", (1000, 1000), (50, 50), 2, None))
    tiles.say("cached", "slide", 0, 1, 1)
    tiles.say("failed", "masks", 0, 10, 10)
    tiles.say("drawn", "masks", 0, 4, 4)
    page = new_page(f"/tiles/?stream=tiles&level=0&hide=0&{VIEW}")
    wait_for_events(page, tiles.sequence)
    pixels = screen(page)
    assert close(at(pixels, 225, 225), COLORS["drawn"]) and close(at(pixels, 175, 175), NOTHING)
    page.get_by_label("slide", exact=True).check()
    page.get_by_label("masks", exact=True).uncheck()
    settle(page)
    pixels = screen(page)
    assert close(at(pixels, 175, 175), COLORS["cached"]) and close(at(pixels, 225, 225), NOTHING)
    assert wait_until(lambda: "hide=1" in address(page))


def test_pixels_under_the_grid(new_page, tiles, producer):
    rng = np.random.default_rng(4)
    blocks = rng.integers(0, 256, (10, 10), dtype="u1")
    producer.array("picture", blocks.repeat(100, 0).repeat(100, 1), metadata={"contrast_limits": [0, 255]})
    tiles.open(("slide", (1000, 1000), (100, 100), 3, "picture"))
    tiles.say("cached", "slide", 0, 0, 0)
    page = new_page(f"/tiles/?stream=tiles&level=0&pixels=1&{VIEW}", color_scheme="light")

    def shown():
        pixels = screen(page)
        expected = {(row, column): [0.94 * blocks[row, column] + 0.06 * part for part in INK] for row in range(10) for column in range(10)}
        expected[0, 0] = [0.45 * blocks[0, 0] + 0.55 * part for part in COLORS["cached"]]
        return all(close(tile(pixels, *place), color) for place, color in expected.items())

    wait_until(shown, 30, "the pixels under the tiles")
    page.keyboard.press("x")
    wait_until(lambda: close(tile(screen(page), 5, 5), NOTHING) and "pixels" not in address(page))


# The view


def test_the_frustum(new_page, tiles):
    tiles.open()
    tiles.say("view", [200, 300, 600, 800], level=1, canvas=[200, 250])
    page = new_page(f"/tiles/?stream=tiles&{VIEW}")
    wait_until(lambda: close(at(screen(page), 201, 500), YELLOW))
    pixels = screen(page)
    for y, x in ((202, 302), (201, 500), (598, 500), (400, 302), (400, 797), (597, 797)):
        assert close(at(pixels, y, x), YELLOW), (y, x)
    for y, x in ((400, 550), (170, 500), (400, 250), (630, 500)):
        assert not close(at(pixels, y, x), YELLOW)
    # The level that is shown is the producer's. The panel is written a few times a second.
    wait_until(lambda: page.locator("#level option:checked").inner_text() == "automatic: 1")
    wait_until(lambda: "sees 500 × 400 at level 1, picture 1" in page.locator("#producer-view").inner_text())
    tiles.say("view", [0, 0, 100, 100], level=0)
    wait_until(lambda: close(at(screen(page), 1, 50), YELLOW))
    assert not close(at(screen(page), 201, 500), YELLOW)


def yellow(pixels):
    rows, columns = np.nonzero((np.abs(pixels.astype(int) - YELLOW) <= 2).all(2))
    return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1


def test_following_and_fitting(new_page, tiles):
    tiles.open(("slide", (100_000, 100_000), (256, 256), 8, None))
    page = new_page("/tiles/?stream=tiles")
    for top, left in ((1000, 2000), (90_000, 50_000)):
        tiles.say("view", [top, left, top + 400, left + 500], level=0)
        page.get_by_text(f"picture {1 if top == 1000 else 2}").wait_for()
        settle(page)
        pixels = screen(page)
        box = yellow(pixels)
        assert box[0] >= 0 and box[1] >= 0 and box[2] <= pixels.shape[0] and box[3] <= pixels.shape[1]
        assert (box[2] - box[0]) / (box[3] - box[1]) == pytest.approx(400 / 500, abs=0.03) and box[3] - box[1] > 100
    page.get_by_role("button", name="Frustum").click()
    settle(page)
    box = yellow(screen(page))
    assert max((box[2] - box[0]) / pixels.shape[0], (box[3] - box[1]) / pixels.shape[1]) == pytest.approx(0.94, abs=0.01)
    page.keyboard.press("f")
    settle(page)
    box = yellow(screen(page))
    assert box[2] - box[0] < 12
    assert wait_until(lambda: "view=image" in address(page))


def test_keys_move_and_zoom(new_page, tiles):
    tell_of_all(tiles)
    page = new_page(f"/tiles/?stream=tiles&level=0&{VIEW}")
    wait_for_events(page, tiles.sequence)
    before = tile(screen(page), 2, 3)
    page.locator("#canvas").focus()
    page.keyboard.press("ArrowRight")
    settle(page)
    assert close(at(screen(page), 250, 250, centre=(500, 500)), COLORS["drawn"]) and close(before, COLORS["drawn"])
    assert wait_until(lambda: "view=600,500,0.4" in address(page))
    page.keyboard.press("+")
    assert wait_until(lambda: "view=600,500,0.8" in address(page))
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.wheel(0, -400)
    assert wait_until(lambda: "0.8" not in address(page).split("view=")[1])
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 90)
    page.mouse.up()
    assert page.evaluate("document.activeElement.id") == "canvas"


def test_what_is_known_of_a_tile(new_page, tiles):
    tell_of_all(tiles)
    page = new_page(f"/tiles/?stream=tiles&level=0&{VIEW}")
    wait_for_events(page, tiles.sequence)
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 + (150 - 500) * 0.4, box["y"] + box["height"] / 2 + (350 - 500) * 0.4)
    text = wait_until(lambda: page.locator("#cursor").inner_text())
    assert text.startswith("slide  level 0  row 3  column 1  cached  80 ms  2.00 MB  ")
    expected = [["cached", "3", "3"], ["wanted", "1", "1"], ["loading", "1", "1"], ["drawn", "1", "2"], ["failed", "1", "1"]]
    wait_until(lambda: [row.split() for row in page.locator(".legend tbody tr").all_inner_texts()] == expected, what=f"the counts {expected}")
    # Every ten seconds: the first time may have been before the events came.
    spoken = page.locator("#spoken")
    wait_until(lambda: spoken.inner_text() == "slide level 0: 3 cached, 1 wanted, 1 loading, 1 drawn, 1 failed.", 30)


def test_a_link_shows_the_same(new_page, tiles):
    tell_of_all(tiles)
    page = new_page("/tiles/?stream=tiles")
    wait_for_events(page, tiles.sequence)
    page.locator("#color").select_option("level")
    page.locator("#level").select_option("0")
    page.locator("#canvas").focus()
    page.keyboard.press("g")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("+")
    link = settled_address(page)
    assert all(part in link for part in ("color=level", "&level=0", "grid=0", "view="))
    settle(page)
    other = new_page("/tiles/?" + link.split("?")[1])
    wait_for_events(other, tiles.sequence)
    # Without the outline of what has the focus.
    assert np.array_equal(screen(page)[4:-4, 4:-4], screen(other)[4:-4, 4:-4])


# Over time


def test_a_page_that_comes_late(new_page, tiles):
    tiles.open(records=64)
    tiles.say("failed", "slide", 0, 9, 9)
    for turn in range(40):
        tiles.say("drawn" if turn % 2 else "cached", "slide", 0, 0, list(range(8)))
    page = new_page(f"/tiles/?stream=tiles&level=0&{VIEW}")
    wait_for_events(page, tiles.sequence)
    pixels = screen(page)
    assert close(tile(pixels, 0, 4), COLORS["drawn"]) and max(tile(pixels, 9, 9)) - min(tile(pixels, 9, 9)) > 60
    page.locator("#badge").wait_for(state="hidden")


@pytest.mark.parametrize("asks", [False, True])
def test_lost_events(new_page, tiles, server, asks):
    """More tiles than half the ring holds: the log does not say them again by itself."""
    tiles.open(records=64, **({"target": "viewer", "snapshot": "restate"} if asks else {}))
    tiles.say("cached", "slide", 0, [[r] for r in range(4)], list(range(10)))
    page = new_page(f"/tiles/?stream=tiles&level=0&{VIEW}")
    wait_for_events(page, tiles.sequence)
    page.locator("#badge").wait_for(state="hidden")
    with server.asleep():
        tiles.say("failed", "slide", 0, 9, 9)
        for _ in range(4):
            tiles.say("drawn", "slide", 0, [[r] for r in range(4)], list(range(10)))
    if asks:
        wait_until(lambda: max(color := tile(screen(page), 9, 9)) - min(color) > 60, 30, "the lost event came again")
        page.locator("#badge").wait_for(state="hidden")
        return
    page.get_by_text("events were lost: states may be old").wait_for()
    assert page.get_by_role("button", name="Ask again").is_hidden()
    assert close(tile(screen(page), 9, 9), NOTHING)
    tiles.say("restate")
    page.locator("#badge").wait_for(state="hidden")
    wait_for_events(page, tiles.sequence)
    color = tile(screen(page), 9, 9)
    assert max(color) - min(color) > 60 and close(tile(screen(page), 3, 3), COLORS["drawn"])


def test_states_are_asked_for_again_where_they_were_refused(new_page, tiles, server):
    tiles.open(records=64, target="viewer", snapshot="restate")
    page = new_page("/healthz")
    page.clock.install()
    page.goto(page.url.replace("/healthz", "/tiles/?stream=tiles"))
    tiles.call("refuse", 1)
    tiles.say("cached", "slide", 0, [[r] for r in range(4)], list(range(10)))
    with server.asleep():
        for _ in range(4):
            tiles.say("drawn", "slide", 0, [[r] for r in range(4)], list(range(10)))
    wait_until(lambda: "not now" in page.locator("#badge").inner_text(), what="why states are not known")
    page.clock.run_for(20_000)
    page.locator("#badge").wait_for(state="hidden")


def test_the_pointer_is_no_drawing(new_page, tiles):
    """What came and is not drawn yet has no credit back, and is not told as drawn."""
    tiles.open()
    tiles.say("cached", "slide", 0, 3, 1)
    page = new_page(f"/tiles/?stream=tiles&level=0&{VIEW}")
    wait_for_events(page, tiles.sequence)
    drawn_of = page.locator("#canvas").get_attribute("data-sequence")
    page.evaluate("() => { window.requestAnimationFrame = () => 0; }")
    tiles.say("failed", "slide", 0, 3, 2)
    wait_until(lambda: "failed" in page.locator(".legend tbody").inner_text(), what="the event, in the legend")
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 + (150 - 500) * 0.4, box["y"] + box["height"] / 2 + (350 - 500) * 0.4)
    wait_until(lambda: page.locator("#cursor").inner_text(), what="what is known of the tile")
    assert page.locator("#canvas").get_attribute("data-sequence") == drawn_of


def test_kill_and_restart(new_page, tiles, new_tiles):
    tiles.open()
    tiles.say("cached", "slide", 0, 5, 5)
    page = new_page(f"/tiles/?stream=tiles&level=0&{VIEW}")
    wait_for_events(page, tiles.sequence)
    tiles.end(kill=True)
    page.get_by_text("Producer gone").wait_for()
    assert close(tile(screen(page), 5, 5), COLORS["cached"])
    later = new_tiles()
    later.open()
    later.say("drawn", "slide", 0, 6, 6)
    wait_until(lambda: close(tile(screen(page), 6, 6), COLORS["drawn"]), 30, "the new producer's tile")
    assert close(tile(screen(page), 5, 5), NOTHING)
    # The list of streams may come after the tiles.
    page.locator("#badge").wait_for(state="hidden")


def test_the_server_goes_and_comes(new_page, tiles, server):
    tiles.open()
    tiles.say("cached", "slide", 0, 5, 5)
    page = new_page(f"/tiles/?stream=tiles&level=0&{VIEW}")
    wait_for_events(page, tiles.sequence)
    server.stop()
    # Of the lines that say so the first is there for two attempts alone, a second or less.
    page.get_by_text("What you see is the last that came").wait_for()
    tiles.say("drawn", "slide", 0, [5, 6], 5)
    server.start()
    wait_until(lambda: close(tile(screen(page), 6, 5), COLORS["drawn"]), 30, "what was told meanwhile")
    assert close(tile(screen(page), 5, 5), COLORS["drawn"])
    page.problems.clear()  # the refused connections


def test_commands_reach_the_producer(new_page, tiles):
    tiles.open(target="viewer", commands=["set_grid", "restate"], snapshot="restate")
    page = new_page("/tiles/?stream=tiles")
    form = page.get_by_role("form", name="set_grid")
    form.wait_for()
    assert page.get_by_role("form", name="other").count() == 0
    form.get_by_role("checkbox").uncheck()
    form.get_by_role("button", name="Call set_grid").click()
    page.get_by_label("Reply of set_grid").get_by_text('"hidden"').wait_for()
    assert tiles.call("read_grid") is False


# Tens of millions of tiles

COUNT_DRAWS = """() => {
  const kind = WebGL2RenderingContext.prototype;
  globalThis.draws = 0;
  for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"]) {
    const draw = kind[name];
    kind[name] = function (...all) { globalThis.draws += 1; return draw.apply(this, all); };
  }
}"""


def drawn(page):
    return int(page.locator("#canvas").get_attribute("data-drawn"))


def test_forty_million_tiles(new_page, tiles):
    tiles.open(("slide", (6400 * 256, 6400 * 256), (256, 256), 1, None), records=8192)
    rng = np.random.default_rng(7)
    tiles.say("view", [0, 0, 1000, 1000], level=0)
    tiles.say("failed", "slide", 0, 6300, 6200)
    page = new_page("/tiles/?stream=tiles&view=image&grid=0", color_scheme="light")
    wait_for_events(page, tiles.sequence)

    def colors_at(row, column):
        """What is on screen around a tile, where all of the level fits the canvas."""
        pixels = screen(page)
        rows, columns = pixels.shape[:2]
        size = 0.94 * min(rows, columns) / 6400
        y, x = rows / 2 + (row - 3200) * size, columns / 2 + (column - 3200) * size
        return pixels[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4].reshape(-1, 3).tolist()

    def count_draws():
        page.evaluate("() => { globalThis.draws = 0; }")
        before = drawn(page)
        page.locator("#canvas").focus()
        for key in ("ArrowLeft", "ArrowRight") * 5:
            page.keyboard.press(key)
            settle(page)
        assert drawn(page) > before
        return page.evaluate("draws") / (drawn(page) - before)

    assert any(close(color, COLORS["failed"]) for color in colors_at(6300, 6200))
    assert not any(close(color, COLORS["failed"]) for color in colors_at(5000, 6200))
    page.evaluate(COUNT_DRAWS)
    few = count_draws()
    tiles.say("cached", "slide", 0, rng.integers(0, 6400, 3000).tolist(), rng.integers(0, 6400, 3000).tolist())
    wait_for_events(page, tiles.sequence)
    many = count_draws()
    assert 1 <= many == few <= 2
    # Nothing moves, nothing is drawn.
    before = drawn(page)
    page.wait_for_timeout(700)
    assert drawn(page) == before
    # One more failure among thousands of others, far away and less than a pixel wide.
    tiles.say("failed", "slide", 0, 100, 6000)
    wait_for_events(page, tiles.sequence)
    page.keyboard.press("f")
    settle(page)
    assert any(close(color, COLORS["failed"]) for color in colors_at(100, 6000))
    tiles.say("evicted", "slide", 0, 100, 6000)
    wait_for_events(page, tiles.sequence)
    assert not any(close(color, COLORS["failed"]) for color in colors_at(100, 6000))
    # From near it is a tile like any other.
    page.goto(address(page).split("?")[0] + f"?stream=tiles&level=0&view={6200.5 * 256},{6300.5 * 256},0.25")
    wait_for_events(page, tiles.sequence)
    found = screen(page)
    rows, columns = found.shape[:2]
    block = found[rows // 2 - 25 : rows // 2 + 25, columns // 2 - 25 : columns // 2 + 25].reshape(-1, 3).astype(int)
    assert (np.abs(block - COLORS["failed"]).max(1) <= 2).mean() > 0.5


# What is not as it should be


def test_nothing_of_the_kind(new_page, producer):
    producer.stream("camera", np.zeros((20, 20), "u1"))
    page = new_page("/tiles/")
    page.get_by_role("heading", name="No program tells of tiles yet").wait_for()
    assert "webmon.TileLog" in page.locator(".sample").inner_text()


def test_what_is_no_tile_log(new_page, producer):
    producer.stream("camera", np.zeros((20, 20), "u1"))
    producer.log("loads", np.zeros(3, [("time", "f8")]))
    page = new_page("/tiles/?stream=camera")
    page.get_by_text("camera is a stream of frames: tiles are told in a log.").wait_for()
    page = new_page("/tiles/?stream=loads")
    page.get_by_text('`role` in its metadata is missing; "tile-events" says').wait_for()
    page = new_page("/tiles/?stream=later")
    page.get_by_role("heading", name="Waiting for later").wait_for()
    records = np.zeros(3, [("level", "u1"), ("row", "u4"), ("column", "u4"), ("state", "u1")])
    level = {"shape": [100, 100], "tile": [10, 10]}
    producer.log("later", records, metadata={"role": "tile-events", "layers": [{"levels": [level]}], "view": "nobody"})
    page.get_by_text("layer 0", exact=True).wait_for()
    page.get_by_text("nobody, the stream of its view, is not there.").wait_for()


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({}, "`layers` in its metadata is missing"),
        ({"layers": "<b>all</b>"}, '`layers` in its metadata is "<b>all</b>"'),
        ({"layers": [7]}, "layer 0: has no levels"),
        ({"layers": [{"name": "a", "levels": [{"shape": [0, 5], "tile": [1, 1]}]}]}, "a: level 0 is "),
        ({"layers": [{"name": "a", "levels": [{"shape": [1e30, 5], "tile": [1, 1]}]}]}, "a: level 0 is "),
    ],
)
def test_hostile_metadata(new_page, producer, metadata, said):
    records = np.zeros(3, [("level", "u1"), ("row", "u4"), ("column", "u4"), ("state", "u1")])
    producer.log("odd", records, metadata={"role": "tile-events", **metadata})
    page = new_page("/tiles/?stream=odd&view=NaN,1,1&level=77&hide=x,,9&color=odd")
    page.get_by_text(said).wait_for()


def test_hostile_events(new_page, producer):
    records = np.zeros(9, [("level", "i1"), ("row", "f8"), ("column", "i8"), ("state", "u1"), ("time", "f8"), ("milliseconds", "f4"), ("layer", "i4")])
    for index, odd in enumerate([{"level": -1}, {"level": 9}, {"row": np.nan}, {"row": 0.5}, {"column": -(2**60)}, {"state": 77}, {"layer": -3}]):
        records["state"][index] = 1
        for name, value in odd.items():
            records[name][index] = value
    records["state"][7:] = [4, 1]
    records["column"][7:] = [5, 6]
    records["time"][7:] = [np.inf, -1e300]
    records["milliseconds"][7:] = [-np.inf, np.inf]
    levels = [{"shape": [1000, 1000], "tile": [100, 100], "scale": ["a", None]}]
    producer.log("odd", records, metadata={"role": "tile-events", "layers": [{"levels": levels, "pixels": 7}], "view": ["x"], "snapshot": 1})
    page = new_page(f"/tiles/?stream=odd&level=0&{VIEW}", color_scheme="light")
    wait_for_events(page, 9)
    assert close(tile(screen(page), 0, 5), COLORS["drawn"]) and close(tile(screen(page), 0, 6), COLORS["cached"])
    page.get_by_text("7 events name no tile of the image; the first: layer 0, level -1").wait_for()
    for coloring in ("load", "age", "level"):
        page.locator("#color").select_option(coloring)
        settle(page)


@pytest.mark.parametrize("width", [1000, 390, 320])
def test_nothing_is_nameless_or_too_wide(new_page, tiles, width):
    tiles.open(LAYER, ("a layer with a name " * 6, (1000, 1000), (50, 50), 2, None), target="viewer")
    tiles.say("cached", "slide", 0, 0, 0)
    tiles.say("view", [0, 0, 100, 100])
    page = new_page("/tiles/?stream=tiles", width=width)
    page.get_by_role("form", name="restate").wait_for()
    wait_for_events(page, tiles.sequence)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, a, input, select, [tabindex])")]
          .filter((e) => e.checkVisibility())
          .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length || e.title))
          .map((e) => e.outerHTML)"""
    )
    assert nameless == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# Firefox


def test_in_firefox(server, tiles, tmp_path):
    tell_of_all(tiles)
    tiles.say("view", [600, 600, 900, 900], level=0)
    profile = tmp_path / "profile"
    profile.mkdir()
    with firefox.running(profile) as browser:
        page = firefox.Page(browser, server.address + f"/tiles/?stream=tiles&{VIEW}")
        wait_for_events(page, 9)
        page.wait_for_function("() => document.querySelector('#producer-view').textContent.includes('level 0')")
        settle(page)
        pixels = screen(page)
        for column, state in enumerate(COLORS):
            if state != "failed":
                assert close(tile(pixels, 2, column), COLORS[state], 3)
        assert close(at(pixels, 601, 750), YELLOW, 3)
        assert page.problems == []
        page.close()
