"""Pages of one's own: the tutorial's blocks as they are printed, the templates with real producers, and pages that come and go."""

import io
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from canvas import NOTHING_ABOVE, assert_gray, gray_levels
from conftest import PAGES, ROOT, Server, wait_until
from documents import blocks
from PIL import Image

TUTORIAL = "your-own-page.md"


class OwnPagesServer(Server):
    """With a folder of one's own pages."""

    folder: str

    def start(self):
        if "--pages" not in self.command:
            self.command += ["--pages", self.folder]
        super().start()


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "pages"
    path.mkdir()
    return path


@pytest.fixture
def server(program, directory, folder):
    OwnPagesServer.folder = str(folder)
    running = OwnPagesServer(program, directory)
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def begin(program, directory, folder):
    """Begins a page from a template; gives its folder."""

    def run(name, template="image"):
        command = [program, "new-page", name, "--template", template, "--pages", folder]
        environment = {**os.environ, "WEBMON_PAGES": str(PAGES), "WEBMON_DIR": directory}
        subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60)
        return folder / name

    return run


@pytest.fixture
def script(directory, tmp_path):
    """Runs Python as somebody would who copied it into producer.py."""
    started = []

    def run(text):
        file = tmp_path / f"producer{len(started)}.py"
        file.write_text(text)
        source = os.pathsep.join([str(ROOT / "python" / "src"), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "WEBMON_DIR": directory, "PYTHONPATH": source}
        started.append(subprocess.Popen([sys.executable, str(file)], env=environment, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for process in started:
        died = process.poll()
        process.send_signal(signal.SIGINT)
        errors = process.communicate(timeout=60)[1]
        assert died is None, errors


def shown(page, selector="canvas"):
    """The pixels of an element as they are on screen, uint8 (rows, columns, 3)."""
    png = page.screenshot(clip=page.locator(selector).bounding_box(), style=NOTHING_ABOVE)
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def drawn(page, sequence=1, seconds=30):
    wait_until(lambda: page.evaluate(f"Number(document.querySelector('canvas')?.dataset.sequence ?? 0) >= {sequence}"), seconds, "a drawing")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


# The tutorial


def test_the_tutorial(new_page, script, begin, program, server):
    producer, command, *_ = blocks(TUTORIAL, "python")
    minimal, title, button = blocks(TUTORIAL, "js")
    assert "webmon new-page hello\n" in blocks(TUTORIAL, "sh")[0]
    hello = begin("hello")
    written = (hello / "hello.js").read_text()
    assert all(line in written for line in minimal.splitlines()), "the tutorial shows another script than new-page writes"
    assert len([line for line in producer.splitlines() if line.strip()]) <= 10

    running = script(producer)
    page = new_page("/hello/")
    drawn(page, 3)
    assert len(np.unique(shown(page)[..., 0])) > 100, "a picture of waves"
    assert page.get_by_role("link", name="Hello").get_attribute("aria-current") == "page"

    # Edits are there after a reload: nothing is built, nothing is started again.
    (hello / "hello.js").write_text(minimal + title + button)
    page.reload()
    wait_until(lambda: page.title().startswith("480 × 640, the first is "))

    running.send_signal(signal.SIGINT)
    running.wait(60)
    running.poll = lambda: None  # it was told to
    script(producer.replace("row, column", command + "\nrow, column"))
    page.get_by_role("button", name="Faster").wait_for()
    wait_until(lambda: page.evaluate("import('/webmon.js').then(async ({ connect }) => (await connect()).commands)") is not None)

    def faster():
        page.evaluate("document.querySelector('header > button:last-child').click()")
        page.wait_for_timeout(300)
        return page.get_by_role("button", name="now 20.0 rad/s").is_visible()

    wait_until(faster, 60, what="the reply of the command")
    page.problems.clear()  # calls while nobody took them


@pytest.mark.parametrize("number, template", [(2, "spectrum"), (3, "points"), (4, "control")])
def test_the_three_examples(new_page, script, begin, number, template):
    begin("example", template)
    # A million points once are enough for a processor that draws them by itself; and replies may take longer than a second.
    text = blocks(TUTORIAL, "python")[number].replace("time.sleep(0.5)", "time.sleep(600)")
    script(text.replace("@webmon.command\n", "@webmon.command(timeout=20)\n"))
    page = new_page("/example/")
    if template == "spectrum":
        drawn(page, 2)
        # 0.5 of full scale at 3 kHz: -6 dB.
        wait_until(lambda: page.inner_text("#strongest") == "3 kHz, -6.0 dB")
    elif template == "points":
        drawn(page, seconds=90)
        assert page.inner_text("#facts").replace("\u202f", " ").startswith("1 000 000 points, ")
    else:
        page.get_by_role("button", name="Start").click()
        page.locator("[data-value=running]").get_by_text("true").wait_for()
        page.get_by_label("Exposure, ms").fill("80")
        page.locator("[data-value=exposure]").get_by_text("80.0").wait_for()
        page.get_by_label("Stage x").fill("1.25")
        page.get_by_label("Stage y").fill("-3")
        page.get_by_role("button", name="Move").click()
        page.locator("dd").get_by_text("1.25, -3.00 µm").wait_for()
        page.get_by_label("Filter").select_option("red")
        page.get_by_text("set_filter: done").wait_for()
        page.get_by_label("Stage x").fill("")
        page.locator("[data-command=move]").evaluate("(form) => { form.elements.x.removeAttribute('name'); }")
        page.get_by_role("button", name="Move").click()
        page.get_by_text("move: the argument x is missing").wait_for()


# What they draw


def test_the_image(new_page, producer, begin):
    begin("hello")
    page = new_page("/hello/", width=512, height=40 + 256)
    page.get_by_text("Waiting for a stream with the name camera").wait_for()
    data = np.arange(128 * 256, dtype="u2").reshape(128, 256)
    producer.stream("camera", data, metadata={"contrast_limits": [1000, 30000]})
    drawn(page)
    assert page.get_by_text("Waiting for").is_hidden()
    assert_gray(shown(page)[::2, ::2], gray_levels(data, 1000, 30000))
    # Another generation, of another dtype and shape, and contrast by the data.
    producer.close("camera")
    data = np.linspace(-1, 1, 64 * 128, dtype="f8").reshape(64, 128)
    producer.stream("camera", data)
    wait_until(lambda: shown(page)[0, 0, 0] == 0 and shown(page)[-1, -1, 0] == 255)


def test_what_is_no_image(new_page, producer, begin):
    begin("hello")
    producer.stream("camera", np.zeros(7, "f4"))
    page = new_page("/hello/")
    wait_until(lambda: page.evaluate("0") or page.problems)
    assert "camera is no image but float32, shape (7); two axes or more of numbers are needed" in page.problems[0]
    page.problems.clear()


def test_the_spectrum(new_page, producer, begin):
    begin("scope", "spectrum")
    data = np.full((2, 101), 1e-2, "f4")
    data[0, 50] = 1
    producer.stream("spectrum", data, metadata={"span": [0, 10], "unit": "kHz"})
    page = new_page("/scope/", width=800, height=500)
    drawn(page)
    assert page.inner_text("#strongest") == "5 kHz, 0.0 dB"
    data[0, 50] = 1e-2
    data[1, 20] = 0.1
    producer.put("spectrum", data)
    drawn(page, 2)
    assert page.inner_text("#strongest") == "2 kHz, -20.0 dB"

    def peak_is_drawn():
        """Whether something crosses the row half way between 0 and -20 dB, near bin 50."""
        box = page.locator("canvas").bounding_box()
        x = 52 + (box["width"] - 52 - 14) / 2
        y = 12 + (box["height"] - 12 - 26) * 10 / 60
        band = shown(page)[round(y), round(x) - 8 : round(x) + 8].astype(int)
        return bool(np.abs(band - band[0]).max() > 30)

    assert peak_is_drawn()
    page.get_by_label("Peak hold").uncheck()
    wait_until(lambda: not peak_is_drawn())
    page.wait_for_url("**/scope/?hold=0")
    page.get_by_label("Peak hold").check()
    wait_until(peak_is_drawn)
    page.get_by_role("button", name="Reset").click()
    # The axis begins at the new highest, -20 dB: what is left at bin 50 is far below.
    wait_until(lambda: not peak_is_drawn())
    page.get_by_label("Range").select_option("100")
    page.wait_for_url("**range=100*")
    page.reload()
    assert page.get_by_label("Range").input_value() == "100"


@pytest.mark.parametrize("kind", ["records", "wide", "plain"])
def test_the_points(new_page, producer, begin, kind):
    begin("cloud", "points")
    places = np.array([[-1, -1, 0, 0], [1, -1, 0, 0.5], [1, 1, 0, 1]])
    if kind == "plain":
        data = places.astype("f8")
    else:
        number = "f4" if kind == "records" else ">f8"
        data = np.array([tuple(place) for place in places], [("value", number), ("x", number), ("y", number), ("z", number)])
        for column, name in enumerate(["x", "y", "z", "value"]):
            data[name] = places[:, column]
    producer.stream("points", data)
    # From the front: x to the right, y up, and the half diagonal of the box fills the half height.
    page = new_page("/cloud/?view=0,0,1,0,0&size=12", width=600, height=600)
    drawn(page)
    page.locator(".bar").evaluate("(bar) => { bar.hidden = true; }")
    pixels = shown(page)
    rows, columns = pixels.shape[:2]
    reach = min(rows, columns) / 2 / np.sqrt(2)
    expected = {(-1, -1): (68, 1, 84), (1, -1): (33, 145, 140), (1, 1): (253, 231, 37)}  # viridis at 0, 0.5 and 1
    for (x, y), colour in expected.items():
        found = pixels[round(rows / 2 - y * reach), round(columns / 2 + x * reach)].astype(int)
        assert np.abs(found - colour).max() <= 6, (x, y, found)
    empty = pixels[round(rows / 2 - reach), round(columns / 2 - reach)]
    assert empty.tolist() == pixels[rows // 2, columns // 2].tolist(), "no point at (-1, 1)"
    # Turned by a quarter, the two at x = 1 are in the middle.
    page.keyboard.press("f")
    page.wait_for_url("**view=0.6,0.4,1,0,0*")
    page.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**view=0.7,0.4,1,0,0*")
    page.mouse.move(300, 300)
    page.mouse.wheel(0, -400)
    page.wait_for_url("**view=0.7,0.4,2.718,0,0*")


def test_points_that_are_none(new_page, producer, begin):
    begin("cloud", "points")
    producer.stream("points", np.zeros((5, 2), "f4"))
    page = new_page("/cloud/")
    page.get_by_text("points has neither fields x, y, z nor the shape (n, 3) or (n, 4)").wait_for()


def test_a_panel_without_a_producer(new_page, begin):
    begin("panel", "control")
    page = new_page("/panel/")
    page.get_by_text("Waiting for a log with the name instrument").wait_for()
    assert page.locator("form[inert]").count() == 5


# Pages that come and go


def test_a_page_appears_by_itself(new_page, begin, folder):
    page = new_page("/streams/")
    page.get_by_text("connected", exact=True).wait_for()
    page.get_by_role("link", name="Viewer").wait_for()
    assert page.get_by_role("link", name="Hello").count() == 0
    hello = begin("hello")
    page.get_by_role("link", name="Hello").wait_for()
    index = hello / "index.html"
    index.write_text(index.read_text().replace("<title>Hello</title>", "<title>Good &lt;b&gt;bye</title>"))
    page.get_by_role("link", name="Good <b>bye").wait_for()
    hello.rename(folder / ".gone")
    page.get_by_role("link", name="Good <b>bye").wait_for(state="detached")


def test_a_broken_page_breaks_no_other(new_page, begin):
    broken = begin("broken")
    (broken / "broken.js").write_text("this is no JavaScript")
    page = new_page("/broken/")
    wait_until(lambda: page.evaluate("0") or page.problems)
    page.problems.clear()
    page.goto(page.url.replace("/broken/", "/streams/"))
    page.get_by_text("connected", exact=True).wait_for()
    page.get_by_role("link", name="Broken").wait_for()


@pytest.mark.parametrize("template", ["image", "spectrum", "points", "control"])
@pytest.mark.parametrize("width", [1000, 320])
def test_templates_fit_and_have_names(new_page, begin, template, width):
    begin("one", template)
    page = new_page("/one/", width=width)
    page.get_by_text("connected", exact=True).wait_for()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll(":is(main, header) :is(button, a, input, select)")]
          .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length || e.title))
          .map((e) => e.outerHTML)"""
    )
    assert nameless == []
    assert page.locator("h1").count() == 1 and page.get_by_role("main").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
