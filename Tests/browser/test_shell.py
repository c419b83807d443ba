"""What holds for every page: narrow screens, light and dark, keys, names for what can be operated, nothing that jumps."""

import numpy as np
import pytest
from canvas import wait_for_frame
from pages import BUSY, EMPTY, share_everything


@pytest.fixture
def shared(producer):
    share_everything(producer)
    return producer


@pytest.mark.parametrize("address", BUSY + EMPTY)
def test_narrow_screens_do_not_scroll_sideways(new_page, shared, address):
    page = new_page(address, width=390, height=700)
    page.get_by_text("connected", exact=True).wait_for()
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_timeout(700)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_empty_page_on_a_narrow_screen(new_page):
    page = new_page("/streams/", width=320)
    page.get_by_role("heading", name="Nothing is shared yet").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("address", BUSY)
def test_whatever_can_be_operated_has_a_name(new_page, shared, address):
    page = new_page(address)
    page.get_by_text("connected", exact=True).wait_for()
    page.wait_for_timeout(500)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, select, [tabindex]")]
          .filter((e) => e.checkVisibility())
          .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length || e.title))
          .map((e) => e.outerHTML)"""
    )
    assert nameless == []
    assert page.locator("h1").count() == 1
    assert page.get_by_role("main").count() == 1


# What has come where there is something to show.
THERE = {"/viewer/": "#stage [data-sequence]", "/tiles/": "#canvas[data-sequence]", "/table/": "#grid[data-rows]"}

# Until nothing has moved for two seconds: what comes once, as the list does, has come then.
REST = """async () => {
  let [known, quiet] = [-1, 0];
  for (let turn = 0; quiet < 20 && turn < 200; turn += 1) {
    await new Promise((done) => setTimeout(done, 100));
    quiet = shifts.length === known ? quiet + 1 : 0;
    known = shifts.length;
  }
}"""


@pytest.mark.parametrize("address", BUSY)
def test_nothing_jumps(new_page, shared, address):
    shared.run("camera", np.random.default_rng(5).integers(0, 4096, (4, 300, 400)).astype("u2"), period=0.1)
    page = new_page("/healthz")
    page.add_init_script(
        """window.shifts = [];
        new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => ({
          value: entry.value, what: entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 120)) }))
          .filter(({ value }) => value > 1e-4)))  // Less is a figure that moves by a pixel of its own.
          .observe({ type: "layout-shift", buffered: true });"""
    )
    page.goto(page.url.replace("/healthz", address))
    page.get_by_text("connected", exact=True).wait_for()
    path = address.split("?")[0]
    if path in THERE:
        page.locator(THERE[path]).first.wait_for(state="attached")
    page.evaluate(REST)
    page.evaluate("shifts.length = 0")  # The list itself has to come once.
    page.wait_for_timeout(3000)
    assert page.evaluate("shifts") == []


@pytest.mark.parametrize("address", ["/streams/", "/viewer/?stream=camera"])
def test_help_and_its_keys(new_page, shared, address):
    page = new_page(address)
    page.get_by_text("connected", exact=True).wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert "this help" in page.get_by_role("dialog").inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")


def test_keys_of_the_live_page(new_page, shared):
    page = new_page("/viewer/?stream=camera")
    wait_for_frame(page)
    page.keyboard.press("1")
    page.wait_for_function("() => document.querySelector('#zoom').textContent === '100 %'")
    page.keyboard.press("+")
    page.wait_for_function("() => document.querySelector('#zoom').textContent === '200 %'")
    page.locator("#canvas").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**view=220,150,2")
    page.keyboard.press("f")
    page.wait_for_function("() => !location.search.includes('view')")
    page.keyboard.press("a")
    page.wait_for_url("**limits=*")
    page.keyboard.press("a")
    page.wait_for_function("() => !location.search.includes('limits')")


def test_light_and_dark(new_page, shared):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = new_page("/streams/", color_scheme="light")
    dark = new_page("/streams/", color_scheme="dark")
    dark.get_by_text("connected", exact=True).wait_for()
    colours = [page.evaluate(ground) for page in (light, dark)]
    assert colours[0] != colours[1]
    # The switch: as the system has it, light, dark; and it is remembered.
    switch = dark.get_by_role("button", name="Colours")
    switch.click()
    assert dark.evaluate(ground) == colours[0]
    dark.reload()
    assert dark.evaluate(ground) == colours[0]
    switch.click()
    assert dark.evaluate(ground) == colours[1]
    switch.click()
    assert dark.evaluate("document.documentElement.dataset.theme ?? 'auto'") == "auto"


def test_a_server_that_is_not_there(new_page, server, shared):
    page = new_page("/streams/")
    page.get_by_role("link", name="camera", exact=True).wait_for()
    server.stop()
    page.get_by_text("What you see is the last that came").wait_for()
    assert page.get_by_role("link", name="camera", exact=True).is_visible()
    server.start()
    page.get_by_text("connected", exact=True).wait_for()
    page.problems.clear()  # Chromium reports each attempt that failed.
