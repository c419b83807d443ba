"""Commands of a real napari, called by a page: what they do is on napari's canvas, and what goes wrong is told on the page."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

pytest.importorskip("napari")

# Calls each of `calls` in turn; a value, or [code, message].
CALL = """
async (calls) => {
  const { connect, CommandError } = await import("/webmon.js");
  const server = globalThis.webmonServer ??= await connect();
  while (!server.commands.some(({ target }) => target === "napari")) await new Promise((told) => server.on("commands", told));
  const outcomes = [];
  for (const [name, args] of calls) {
    try {
      outcomes.push(await server.call(name, args ?? undefined, { target: "napari" }));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      outcomes.push([error.code, error.message]);
    }
  }
  return outcomes;
}
"""


@pytest.fixture
def napari(server, directory, tmp_path):
    environment = {
        **os.environ,
        "WEBMON_DIR": directory,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "python" / "src"), os.environ.get("PYTHONPATH", "")]),
        "NAPARI_CONFIG": str(tmp_path / "settings.yaml"),
    }
    script = str(Path(__file__).with_name("napari_commands_viewer.py"))
    process = subprocess.Popen(
        ["xvfb-run", "-a", "-s", "-screen 0 1400x1000x24", sys.executable, "-u", script], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert any(line == "ready\n" for line in process.stdout), "napari did not start"
    yield process
    if process.poll() is None:
        process.terminate()
    process.wait(60)
    process.stdout.close()


def test_a_page_commands_napari(new_page, napari):
    page = new_page("/healthz", bypass_csp=True)
    page.set_default_timeout(90_000)
    before, _, limits, after, *_ = page.evaluate(
        CALL,
        [["pixel"], ["set_camera", {"center": [32, 32], "zoom": 8}], ["set_contrast_limits", {"layer": "camera", "low": 0, "high": 100}], ["pixel"]],
    )
    assert limits == [0, 100]
    assert all(abs(value - 127) <= 2 for value in before) and all(value >= 253 for value in after), "100 of 200 is half bright, 100 of 100 is white"
    outcomes = page.evaluate(
        CALL,
        [
            ["set_layer_visible", {"layer": "above", "visible": True}],
            ["pixel"],
            ["set_opacity", {"layer": "sky", "opacity": 1}],
            ["set_opacity", {"layer": "camera", "opacity": "much"}],
            ["set_camera", {"zoom": -1}],
            ["list_layers"],
            ["show_grid", {"show": True}],
        ],
    )
    assert outcomes[0] is True
    assert outcomes[1][1] > 200 and outcomes[1][0] < 60 and outcomes[1][2] < 60, "green is above"
    assert outcomes[2] == ["failed", "InvalidError: there is no layer 'sky'; there are 'camera', 'above'"]
    assert outcomes[3] == ["bad-argument", 'set_opacity: the argument opacity is "much"; a number is needed']
    assert outcomes[4] == ["failed", "InvalidError: zoom is -1.0: it must be from 1e-30 to 1e+30"]
    assert [(layer["name"], layer["visible"]) for layer in outcomes[5]] == [("camera", True), ("above", True)]
    assert outcomes[6] is True
    # The same by hand, with the form that the page makes of the declaration.
    hand = new_page("/streams/")
    hand.set_default_timeout(60_000)
    form = hand.get_by_role("form", name="set_gamma")
    outcome = hand.get_by_label("Reply of set_gamma")
    form.get_by_role("textbox", name="layer", exact=True).fill("sky")
    form.get_by_role("spinbutton", name="gamma", exact=True).fill("0.5")
    form.get_by_role("button", name="Call set_gamma").click()
    outcome.get_by_text("failed: InvalidError: there is no layer 'sky'; there are 'camera', 'above'").wait_for()
    form.get_by_role("textbox", name="layer", exact=True).fill("camera")
    form.get_by_role("button", name="Call set_gamma").click()
    outcome.get_by_text("0.5", exact=True).wait_for()
    page.evaluate(CALL, [["end"]])
    assert napari.wait(60) == 0
