"""The page `streams` lists what is there, says how it is opened, and removes what is left."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, wait_until

RECORD = np.dtype([("time", "<f8"), ("position", [("y", ">f4"), ("x", ">f4")]), ("counts", "<u2", (3,))])


def cells(page, name):
    row = page.locator("tr.segment", has=page.get_by_role("link", name=name, exact=True))
    return {
        cell.get_attribute("data-label"): cell.inner_text().strip() for cell in row.locator("[data-label]").all()
    }


def wait_for_list(page, count):
    """Until so many segments are listed: the server finds one after the other."""
    page.wait_for_function("(count) => document.querySelectorAll('tr.segment').length === count", arg=count)


def share(producer):
    producer.stream("camera", np.zeros((48, 64), "u2"), metadata={"axes": ["y", "x"], "scale": [0.5, 0.5]})
    producer.array("labels", np.zeros((30, 40), ">i4"), tile=[16, 16])
    producer.log("loads", np.zeros(3, RECORD), records=200)


def test_the_list(new_page, producer):
    share(producer)
    page = new_page("/streams/")
    wait_for_list(page, 3)
    camera = cells(page, "camera")
    assert (camera["Kind"], camera["Dtype"], camera["Shape"]) == ("frames", "uint16", "48 × 64")
    # 3 frames of 6 KB and what the segment needs beside them, in whole pages of memory.
    assert camera["Memory"].endswith(" KB") and float(camera["Memory"].split()[0]) >= 24.6
    assert (camera["Readers"], camera["State"]) == ("0", "live")
    labels = cells(page, "labels")
    assert (labels["Kind"], labels["Dtype"], labels["Shape"]) == ("array", "int32 big-endian", "30 × 40")
    loads = cells(page, "loads")
    assert (loads["Kind"], loads["Dtype"], loads["Shape"]) == ("log", "3 fields", "200")
    assert page.inner_text("#summary").startswith("3 segments, 3 live, ")


def test_what_comes_and_goes(new_page, producer, new_producer):
    page = new_page("/streams/")
    page.get_by_role("heading", name="Nothing is shared yet").wait_for()
    assert "webmon.Stream(" in page.inner_text("pre")
    share(producer)
    page.get_by_role("link", name="camera", exact=True).wait_for()
    assert page.get_by_role("heading", name="Nothing is shared yet").is_hidden()
    producer.close("camera")
    page.get_by_role("link", name="camera", exact=True).wait_for(state="detached")
    producer.kill()
    page.wait_for_function("() => document.querySelectorAll('tr.segment[data-state=gone]').length === 2")
    assert cells(page, "labels")["State"] == "gone"
    new_producer().stream("labels", np.zeros((7, 8), "f4"))
    page.wait_for_function("() => document.querySelectorAll('tr.segment[data-state=live]').length === 1")
    page.get_by_text("7 × 8").wait_for()


def test_rates_and_ages_follow(new_page, producer):
    share(producer)
    producer.run("camera", np.zeros((2, 48, 64), "u2"), period=0.02)
    page = new_page("/streams/")
    page.wait_for_function(
        "() => parseFloat([...document.querySelectorAll('tr.segment')][0].querySelector('.rate').textContent) > 5"
    )
    page.wait_for_function("() => document.querySelectorAll('.segment .age')[1].textContent.match(/^([2-9]|[1-9][0-9]) s$/)")
    wait_until(lambda: cells(page, "camera")["Age"] == "now")


def test_details(new_page, producer):
    share(producer)
    page = new_page("/streams/")
    page.get_by_role("button", name="Show details of loads").click()
    fields = page.locator(".fields tbody tr").all_inner_texts()
    assert [field.split("\t") for field in fields] == [
        ["time", "float64", "0"],
        ["position", "2 fields", "8"],
        ["y", "float32 big-endian", "8"],
        ["x", "float32 big-endian", "12"],
        ["counts", "uint16 (3)", "16"],
    ]
    assert 'webmon.open("loads", directory=' in page.inner_text(".detail:visible")
    page.wait_for_url("**open=loads")
    page.get_by_role("button", name="Show details of camera").click()
    assert "[0.5,0.5]" in page.locator(".detail:visible").first.inner_text()
    again = new_page("/streams/?open=loads,camera")
    again.locator(".detail:visible").nth(1).wait_for()


# How a segment is opened


def lines(page, name, language):
    """What the button `Copy` of a segment gives in a language."""
    page.goto(page.url.split("?")[0] + f"?open={name}&code={language}")
    page.locator(".lines").get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    return page.evaluate("navigator.clipboard.readText()")


def library():
    named = os.environ.get("WEBMON_LIBRARY")
    places = [Path(named)] if named else [ROOT / ".build" / build / "libarrayshm.so" for build in ("release", "debug")]
    return next((place for place in places if place.is_file()), None)


@pytest.fixture
def opener(new_page, producer):
    frame = np.arange(48 * 64, dtype="u2").reshape(48, 64)
    producer.stream("camera", frame)
    producer.array("labels", np.full((30, 40), 9, ">i4"), tile=[16, 16])
    loads = np.zeros(3, RECORD)
    loads["time"] = [1, 2, 3]
    producer.log("loads", loads, records=200)
    return new_page("/streams/", permissions=["clipboard-read", "clipboard-write"])


def test_the_lines_for_python_work(opener, tmp_path):
    ends = {"camera": "assert frame[47, 63] == 3071", "labels": "assert (data == 9).all()", "loads": "assert records['time'].tolist() == [1, 2, 3]"}
    for name, end in ends.items():
        script = lines(opener, name, "python") + f"\n{end}\n"
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src")}
        environment.pop("WEBMON_DIR", None)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, env=environment)
        assert done.returncode == 0, done.stderr


def test_the_lines_for_numpy_work(opener):
    ends = {"camera": "assert (data == np.arange(3072).reshape(48, 64)).all(axis=(1, 2)).any()", "labels": "assert (data == 9).all()", "loads": "assert data['time'][:3].tolist() == [1, 2, 3]"}
    for name, end in ends.items():
        script = lines(opener, name, "numpy") + f"\n{end}\nassert not data.flags.writeable\n"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_the_programs_in_c_work(opener, tmp_path):
    built = library()
    assert built is not None, "no libarrayshm.so: run make build, or set WEBMON_LIBRARY"
    said = {"camera": "frame 1, 6144 bytes", "labels": "version 1, 4800 bytes", "loads": "3 records, the last is number 3"}
    for name, expected in said.items():
        source = tmp_path / "read.c"
        source.write_text(lines(opener, name, "c"))
        program = tmp_path / f"read-{name}"
        include = ROOT / "Sources" / "ArrayShmC" / "include"
        compiled = subprocess.run(
            ["cc", "-Wall", "-Wextra", "-Werror", source, f"-I{include}", f"-L{built.parent}", "-larrayshm", f"-Wl,-rpath,{built.parent}", "-o", program],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert compiled.returncode == 0, compiled.stderr
        done = subprocess.run([program], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout.strip()) == (0, expected)


def test_the_language_is_in_the_address(opener):
    opener.goto(opener.url + "?open=camera,loads")
    opener.get_by_role("button", name="Swift").first.click()
    opener.wait_for_url("**code=swift*")

    def readers():
        return [("FrameReader" in text, "LogReader" in text) for text in opener.locator(".lines code").all_inner_texts()]

    wait_until(lambda: readers() == [(True, False), (False, True)], what="the lines of both in Swift")


# What a page can do about memory


def test_leftovers_are_named_and_removed(new_page, directory, producer, new_producer):
    share(producer)
    other = new_producer()
    other.stream("dead", np.zeros((100, 100), "f4"))
    other.log("dead-log", np.zeros(3, RECORD), records=200)
    other.array("kept", np.zeros((4, 4), "u1"), persist=True)
    page = new_page("/streams/")
    page.get_by_role("link", name="kept", exact=True).wait_for()
    assert page.locator("#remove-leftovers").is_hidden() and page.get_by_label("Select dead", exact=True).is_hidden()
    other.kill()
    # What its writer meant to stay is no leftover.
    page.get_by_role("button", name="Remove all 2 leftovers …").click()
    dialog = page.get_by_role("dialog", name="Remove 2 segments?")
    assert [text.split(" ")[0] for text in dialog.get_by_role("listitem").all_inner_texts()] == ["dead", "dead-log"]
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="hidden")
    assert Path(directory, "dead.npy").exists()
    page.get_by_label("Select kept").check()
    page.get_by_role("button", name="Remove 1 selected …").click()
    assert "meant to stay by its writer" in page.get_by_role("dialog").get_by_role("listitem").inner_text()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_role("link", name="kept", exact=True).wait_for(state="detached")
    page.get_by_role("button", name="Remove all 2 leftovers …").click()
    page.get_by_role("button", name="Remove all 2", exact=True).click()
    for name in ("dead", "dead-log"):
        page.get_by_role("link", name=name, exact=True).wait_for(state="detached")
    assert sorted(path.name for path in Path(directory).glob("*.npy") if "webmon." not in path.name) == ["camera.npy", "labels.npy", "loads.npy"]
    assert page.locator("#remove-leftovers").is_hidden()


def test_a_name_that_was_taken_again_is_not_removed(new_page, directory, new_producer):
    old = new_producer()
    old.stream("camera", np.zeros((8, 8), "u2"))
    page = new_page("/streams/")
    page.get_by_role("link", name="camera", exact=True).wait_for()
    old.kill()
    page.get_by_role("button", name="Remove the leftover …").click()
    page.get_by_role("dialog", name="Remove camera?").wait_for()
    new_producer().stream("camera", np.ones((8, 8), "u2"))
    page.locator("tr.segment[data-state=live]").wait_for()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_role("dialog", name="Nothing was removed").wait_for()
    assert "another generation has its name now" in page.get_by_role("dialog").inner_text()
    assert Path(directory, "camera.npy").exists()


def test_a_read_only_server_offers_nothing(program, chromium, directory, new_producer):
    producer = new_producer()
    producer.stream("camera", np.zeros((8, 8), "u2"))
    environment = {**os.environ, "WEBMON_PAGES": str(ROOT / "Sources" / "webmon" / "Pages")}
    server = subprocess.Popen([program, "serve", "--dir", directory, "--port", "0", "--read-only"], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        address = server.stdout.readline().split()[-1]
        producer.kill()
        page = chromium.new_page()
        page.goto(address + "streams/")
        page.locator("tr.segment[data-state=gone]").wait_for()
        page.wait_for_timeout(300)
        assert page.locator("#remove-leftovers").is_hidden() and page.locator(".select").first.is_hidden()
        page.close()
    finally:
        server.terminate()
        server.wait(60)
        server.stdout.close()


def test_memory_and_readers(new_page, directory, server, producer):
    producer.stream("camera", np.zeros((48, 64), "u2"))
    producer.array("volume", np.zeros((1, 1), "f4"))
    page = new_page("/streams/?open=camera")
    page.locator("#space").wait_for()

    # Others use the file system, too: it is looked at again each time.
    def used():
        space = os.statvfs(directory)
        return f"{int(100 * (1 - space.f_bavail / space.f_blocks))} % of "

    wait_until(lambda: page.inner_text("#space").startswith(used()), what="how full it is")
    processes = page.locator("section", has=page.get_by_role("heading", name="Open in")).last
    expected = [str(producer.process.pid), "producer_process.py writes", str(server.process.pid)]
    wait_until(lambda: all(text in processes.inner_text() for text in expected), what="both processes")
    resident = os.stat(Path(directory, "camera.npy")).st_blocks * 512
    wait_until(lambda: f"memory\n{resident / 1000:.1f} KB" in page.locator(".facts").first.inner_text(), what="its memory")
    # A file system that is nearly full is said.
    page.evaluate(
        """async () => {
          const { Space } = await import("/streams/space.js");
          const space = new Space(document.querySelector("#space"), document.querySelector("#full"));
          const fill = () => space.show({ total: 1e9, free: 1e8 }, "/dev/shm/x", 5e6);
          fill();
          window.said = document.querySelector("#full").textContent;
        }"""
    )
    assert page.evaluate("window.said").startswith("The file system of /dev/shm/x is 90 % full: 100 MB are free.")
    assert "frees up to 5.00 MB" in page.evaluate("window.said")


def test_the_download_is_the_newest_frame(new_page, producer, tmp_path):
    frame = np.arange(48 * 64, dtype="u2").reshape(48, 64)
    producer.stream("camera", frame)
    page = new_page("/streams/?open=camera")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download .npy").click()
    assert download.value.suggested_filename == "camera.npy"
    download.value.save_as(tmp_path / "camera.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "camera.npy"), frame)


def test_sorted_and_filtered(new_page, producer):
    share(producer)
    names = "[...document.querySelectorAll('tr.segment .name a')].map((a) => a.textContent)"
    page = new_page("/streams/")
    wait_for_list(page, 3)
    assert page.evaluate(names) == ["camera", "labels", "loads"]
    page.get_by_role("button", name="Memory").click()
    assert page.evaluate(names) == ["camera", "labels", "loads"]
    page.get_by_role("button", name="Memory").click()
    # The two small ones take as many pages of memory: then the name decides.
    assert page.evaluate(names) == ["labels", "loads", "camera"]
    assert page.locator("th[aria-sort=ascending]").inner_text() == "Memory"
    page.keyboard.press("/")
    page.keyboard.type("log")
    assert page.evaluate(names) == ["loads"]
    page.wait_for_url("**sort=memory&filter=log")
    again = new_page("/streams/?sort=memory&filter=frames%20live")
    again.get_by_role("link", name="camera", exact=True).wait_for()
    assert again.evaluate(names) == ["camera"]
    again.fill("#filter", "nothing like it")
    again.get_by_role("heading", name="No segment matches").wait_for()


def test_a_name_leads_to_the_viewer(new_page, producer):
    share(producer)
    page = new_page("/streams/")
    assert page.get_by_role("link", name="loads", exact=True).get_attribute("href") == "../table/?stream=loads"
    page.get_by_role("link", name="camera", exact=True).click()
    page.wait_for_url("**/viewer/?stream=camera")
    page.wait_for_selector("#canvas[data-sequence]")
    # And back by the tab, which keeps each page's address.
    page.get_by_role("link", name="Streams").click()
    page.wait_for_url("**/streams/**")
    page.get_by_role("link", name="Viewer", exact=True).click()
    page.wait_for_url("**/viewer/?stream=camera")


def test_the_start_is_the_page_last_used(new_page, server, producer):
    page = new_page("/")
    page.wait_for_url("**/streams/")
    page.goto(server.address + "/streams/?filter=a%20%26%20b")
    page.get_by_text("connected", exact=True).wait_for()
    page.goto(server.address + "/")
    page.wait_for_url("**/streams/?filter=a+%26+b")
    producer.stream("camera", np.zeros((48, 64), "u2"))
    page.goto(server.address + "/viewer/")
    page.wait_for_url("**/viewer/?stream=camera")
    page.wait_for_timeout(500)
    page.goto(server.address + "/")
    page.wait_for_url("**/viewer/?stream=camera")
    # For whoever comes first, what there is to see.
    first = new_page("/")
    first.wait_for_url("**/viewer/**")


def test_the_tabs_are_the_servers_pages(new_page, server):
    page = new_page("/")
    page.wait_for_url("**/streams/")
    page.locator(".tabs a").first.wait_for()
    with urllib.request.urlopen(f"{server.address}/api/pages") as response:
        pages = json.load(response)["pages"]
    assert page.locator(".tabs a").all_inner_texts() == [entry["title"] for entry in pages]
    assert page.locator(".tabs a[aria-current=page]").inner_text() == "Streams"
