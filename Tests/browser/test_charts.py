"""Charts: the script that is bundled, and what any page can draw with it."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT, wait_until

BUNDLE = ROOT / "Sources" / "webmon" / "Charts" / "bundle.py"

SPEC = {
    "description": "Two points",
    "data": {"name": "points"},
    "params": [{"name": "least", "value": 0}],
    "transform": [{"calculate": "datum.x * 2 + least", "as": "twice"}],
    "mark": {"type": "bar", "color": "#ff0000"},
    "encoding": {"x": {"field": "x", "type": "ordinal"}, "y": {"field": "twice", "type": "quantitative", "title": "{title}"}},
}

OPEN = """async ([spec, options]) => {
  const { openChart } = await import("/charts/chart.js");
  const place = document.createElement("div");
  place.style.width = "400px";
  place.style.height = "200px";
  document.body.append(place);
  window.place = place;
  window.chart = await openChart(place, spec, options ?? {});
  chart.setData("points", [{ x: 1 }, { x: 3 }]);
}"""

TWICE = "() => chart.drawn > 0 && chart.view.data('data_0').map(({ twice }) => twice)"
RED = """() => {
  const canvas = place.querySelector("canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let red = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i] > 200 && data[i + 1] < 60 && data[i + 3] > 200) red += 1;
  return red;
}"""


@pytest.fixture
def page(new_page):
    return new_page("/streams/")


def draw(page, spec, **options):
    page.evaluate(OPEN, [spec, options])


def test_the_bundle_needs_no_network_and_is_always_the_same(tmp_path):
    nowhere = {**os.environ, "HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}
    for folder in ("one", "two"):
        subprocess.run([sys.executable, BUNDLE, tmp_path / folder], check=True, env=nowhere, capture_output=True, timeout=120)
    names = sorted(path.relative_to(tmp_path / "one").as_posix() for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert names == ["vega/vega.js", "vega/versions.json"]
    one, two = ((tmp_path / folder / "vega" / "vega.js").read_bytes() for folder in ("one", "two"))
    assert one == two
    versions = json.loads((tmp_path / "one" / "vega" / "versions.json").read_text())
    pinned = (ROOT / "Sources" / "webmon" / "Charts" / "requirements.txt").read_text().split()[-1]
    assert versions["package"] == pinned.replace("==", " ")
    assert versions["vega-lite"].encode() in one
    # One module: it imports nothing.
    assert b"\nimport " not in one and b"from\"http" not in one


def test_the_bundle_says_what_it_wants():
    told = subprocess.run([sys.executable, BUNDLE], capture_output=True, text=True)
    assert told.returncode != 0
    assert "FOLDER" in told.stderr


def test_data_are_drawn_under_the_pages_policy(page):
    draw(page, SPEC, values={"title": "what it is"})
    # The expression is computed although the policy allows no eval; a violation would be in page.problems.
    assert wait_until(lambda: page.evaluate(TWICE)) == [2, 6]
    wait_until(lambda: page.evaluate(RED) > 1000)
    assert page.evaluate("() => place.querySelector('[aria-label]').getAttribute('aria-label')") == "Two points"
    page.evaluate("() => chart.setParam('least', 10)")
    wait_until(lambda: page.evaluate(TWICE) == [12, 16])
    page.evaluate("() => chart.close()")
    assert page.evaluate("() => place.childElementCount") == 0


def test_data_are_drawn_a_few_times_a_second(page):
    draw(page, SPEC, perSecond=4)
    wait_until(lambda: page.evaluate("() => chart.drawn > 0"))
    drawn = page.evaluate(
        """async () => {
          const before = chart.drawn;
          const began = performance.now();
          let [set, passed] = [0, 0];
          // Longer where the machine is slow: what is costly to draw is drawn less often.
          while (passed < 1500 || ((set < 30 || chart.drawn === before) && passed < 20_000)) {
            set += 1;
            chart.setData("points", [{ x: set }]);
            await new Promise((resolve) => setTimeout(resolve, 5));
            passed = performance.now() - began;
          }
          return { drawn: chart.drawn - before, set, seconds: passed / 1000 };
        }"""
    )
    assert 1 <= drawn["drawn"] <= 4 * drawn["seconds"] + 2 and drawn["drawn"] < drawn["set"]
    wait_until(lambda: page.evaluate(TWICE) == [2 * drawn["set"]])  # The last ones are never left out.


def test_size_and_colours_follow(page):
    draw(page, SPEC)
    size = "() => { const { width, height } = place.querySelector('canvas').getBoundingClientRect(); return [width, height]; }"
    assert page.evaluate(size) == [400, 200]
    page.evaluate("() => { place.style.width = '250px'; place.style.height = '120px'; }")
    wait_until(lambda: page.evaluate(size) == [250, 120])
    label = "() => chart.view.getState && place.querySelector('canvas') && chart.embedded.vgSpec.config.axis.labelColor"
    light = page.evaluate(label)
    page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; document.dispatchEvent(new CustomEvent('themechange')); }")
    wait_until(lambda: page.evaluate(label) not in (light, None))
    wait_until(lambda: page.evaluate(TWICE) == [2, 6])
    wait_until(lambda: page.evaluate("() => place.querySelectorAll('canvas').length") == 1)


WRONG = {
    "not JSON": ('{\n  "mark": "bar",\n  "encoding": {,}\n}', "line 3"),
    "cut off": ('{\n  "mark": "bar",\n', "line 2"),
    "no object": ("[1]", "a spec is an object"),
    "no such mark": ('{\n  "mark": "bars",\n "encoding": {}\n}', 'line 2: "bars" is no mark'),
    "no mark": ('{"encoding": {}}', "the spec"),
}


@pytest.mark.parametrize("text, told", WRONG.values(), ids=WRONG)
def test_a_wrong_spec_is_told_and_the_last_good_one_stays(page, text, told):
    draw(page, SPEC)
    wait_until(lambda: page.evaluate(RED) > 1000)
    assert page.evaluate("(text) => chart.setText(text, 'the spec')", text) is False
    message = page.locator(".chart-message")
    assert told in message.inner_text()
    assert "the last spec that was right" in message.inner_text()
    assert page.evaluate(RED) > 1000
    assert page.evaluate("(spec) => chart.setSpec(spec)", SPEC) is True
    assert message.is_hidden()


def test_an_address_that_is_not_there(page):
    draw(page, "nothing.json")
    assert "nothing.json: the server answers 404" in page.locator(".chart-message").inner_text()
    page.problems.clear()


def test_data_of_another_server_are_refused(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    spec = {**SPEC, "data": {"url": "http://example.invalid/data.json"}}
    draw(page, {**spec, "usermeta": {"embedOptions": {"loader": {"baseURL": "http://example.invalid/"}}}})
    wait_until(lambda: "is not on this server" in page.locator(".chart-message").inner_text())
    assert not any("example.invalid" in url for url in asked)


def test_a_server_without_the_bundle(monkeypatch, request, tmp_path):
    monkeypatch.setenv("WEBMON_CHARTS", str(tmp_path))
    page = request.getfixturevalue("new_page")("/streams/")
    draw(page, SPEC)
    message = page.locator(".chart-message").inner_text()
    assert "make charts" in message and "/vega/vega.js" in message
    page.problems.clear()  # The browser reports what was not found.
