"""The page `streams` lists what is there."""

import json
import urllib.request

import numpy as np

RECORD = np.dtype([("time", "<f8"), ("position", [("y", ">f4"), ("x", ">f4")]), ("counts", "<u2", (3,))])


def cells(page, name):
    row = page.locator("tr.segment", has=page.get_by_role("link", name=name, exact=True))
    return {
        cell.get_attribute("data-label"): cell.inner_text().strip() for cell in row.locator("[data-label]").all()
    }


def share(producer):
    producer.stream("camera", np.zeros((48, 64), "u2"), metadata={"axes": ["y", "x"], "scale": [0.5, 0.5]})
    producer.array("labels", np.zeros((30, 40), ">i4"), tile=[16, 16])
    producer.log("loads", np.zeros(3, RECORD), records=200)


def test_the_list(new_page, producer):
    share(producer)
    page = new_page("/streams/")
    page.get_by_role("link", name="loads", exact=True).wait_for()
    camera = cells(page, "camera")
    assert (camera["Kind"], camera["Dtype"], camera["Shape"]) == ("frames", "uint16", "48 × 64")
    assert camera["Memory"] == "24.6 KB"
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
    page.wait_for_function("() => document.querySelectorAll('.segment .age')[1].textContent.match(/^[2-9] s$/)")
    assert cells(page, "camera")["Age"] == "now"


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
    assert 'webmon.open("loads")' in page.inner_text(".detail:visible")
    page.wait_for_url("**open=loads")
    page.get_by_role("button", name="Show details of camera").click()
    assert "[0.5,0.5]" in page.locator(".detail:visible").first.inner_text()
    again = new_page("/streams/?open=loads,camera")
    again.locator(".detail:visible").nth(1).wait_for()


def test_the_line_for_python_is_copied(new_page, producer):
    share(producer)
    page = new_page("/streams/?open=camera", permissions=["clipboard-read", "clipboard-write"])
    page.locator(".opening").get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == 'import webmon\nwebmon.open("camera")'


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
    page.get_by_role("link", name="loads", exact=True).wait_for()
    assert page.evaluate(names) == ["camera", "labels", "loads"]
    page.get_by_role("button", name="Memory").click()
    assert page.evaluate(names) == ["camera", "labels", "loads"]
    page.get_by_role("button", name="Memory").click()
    assert page.evaluate(names) == ["loads", "labels", "camera"]
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
    page.get_by_role("link", name="camera", exact=True).click()
    page.wait_for_url("**/viewer/?stream=camera")
    page.wait_for_selector("#canvas[data-sequence]")
    # And back by the tab, which keeps each page's address.
    page.get_by_role("link", name="Streams").click()
    page.get_by_role("link", name="Viewer", exact=True).click()
    page.wait_for_url("**/viewer/?stream=camera")


def test_the_tabs_are_the_servers_pages(new_page, server):
    page = new_page("/")
    page.wait_for_url("**/streams/")
    page.locator(".tabs a").first.wait_for()
    with urllib.request.urlopen(f"{server.address}/api/pages") as response:
        pages = json.load(response)["pages"]
    assert page.locator(".tabs a").all_inner_texts() == [entry["title"] for entry in pages]
    assert page.locator(".tabs a[aria-current=page]").inner_text() == "Streams"
