"""What an hour would show, in a minute: thousands of frames, producers and connections later, page and server hold what they held before."""

import urllib.request

import numpy as np
import pytest
from canvas import wait_for_frame
from conftest import wait_until
from pages import ONE_A_PAGE, share_everything
from prometheus_client.parser import text_string_to_metric_families

MEGABYTE = 1 << 20


def heap(page):
    """The bytes that the page's scripts hold once the garbage is collected: objects, and the buffers behind typed arrays."""
    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    session.detach()
    return usage["usedSize"] + usage.get("backingStorageSize", 0)


def server_memory(server):
    with urllib.request.urlopen(f"{server.address}/metrics") as response:
        families = text_string_to_metric_families(response.read().decode())
        return next(f.samples[0].value for f in families if f.name == "process_resident_memory_bytes")


def painted(page):
    return int(page.evaluate("document.querySelector('#canvas').dataset.sequence ?? 0"))


def test_the_viewer_holds_no_more_after_thousands_of_frames(new_page, server, producer):
    # Large enough that those which the viewer holds to step in (64 MB) have come before the first look.
    frames = np.random.default_rng(1).integers(0, 4096, (5, 1024, 1024)).astype("u2")
    producer.stream("camera", frames[0], slots=8)
    page = new_page("/viewer/?stream=camera")
    wait_for_frame(page)
    producer.run("camera", frames, period=0.004)
    wait_until(lambda: painted(page) > 5000, 300, "five thousand commits")
    page_before, server_before = heap(page), server_memory(server)
    wait_until(lambda: painted(page) > 10_000, 300, "ten thousand commits")
    assert heap(page) - page_before < 8 * MEGABYTE
    assert server_memory(server) - server_before < 4 * MEGABYTE


@pytest.mark.parametrize("address", ONE_A_PAGE)
def test_an_hour_of_the_pages_clock(new_page, producer, address):
    """Timers, animation frames and what they leave behind, in steps of six seconds, with data and status coming all the while."""
    share_everything(producer)
    producer.run("camera", np.random.default_rng(4).integers(0, 4096, (4, 300, 400)).astype("u2"), period=0.01)
    page = new_page("/healthz")
    page.clock.install()
    page.goto(page.url.replace("/healthz", address))
    page.get_by_text("connected", exact=True).wait_for()

    def is_connected():
        # A page whose server was slow for some of its minutes has given it up, and comes back by the page's clock.
        page.clock.run_for(50)
        return page.get_by_text("connected", exact=True).is_visible()

    def pass_time(minutes):
        for _ in range(10 * minutes):
            page.clock.fast_forward(5950)  # Each timer once,
            page.clock.run_for(50)  # and three animation frames.
        wait_until(is_connected, 60, "a connection")

    pass_time(10)
    before = heap(page)
    pass_time(50)
    assert heap(page) - before < 3 * MEGABYTE


@pytest.mark.parametrize("address", ["/viewer/?stream=camera", "/streams/"])
def test_a_page_holds_no_more_after_producers_and_servers_came_and_went(new_page, server, new_producer, address):
    frame = np.random.default_rng(2).integers(0, 4096, (256, 256)).astype("u2")

    def round_trip():
        producer = new_producer()
        if "viewer" in address:
            # What the canvas says of the producer before is not taken for this one's frame.
            page.evaluate("() => { delete document.querySelector('#canvas').dataset.sequence; }")
        producer.stream("camera", frame)
        if "viewer" in address:
            wait_for_frame(page)
        page.get_by_text("connected", exact=True).wait_for()
        producer.end()
        server.stop()
        page.get_by_role("button", name="Try now").wait_for()
        server.start()
        page.get_by_text("connected", exact=True).wait_for(timeout=40_000)

    page = new_page(address)
    for _ in range(3):
        round_trip()
    before = heap(page)
    for _ in range(6):
        round_trip()
    assert heap(page) - before < 2 * MEGABYTE
    page.problems.clear()  # Chromium reports each attempt that failed.
