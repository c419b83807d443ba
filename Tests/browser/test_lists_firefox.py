"""The pages `table` and `streams` once in a real Firefox."""

import firefox
import numpy as np
import pytest


@pytest.fixture
def new_page(server, tmp_path):
    with firefox.running(tmp_path) as browser:
        pages = []

        def make(path):
            pages.append(firefox.Page(browser, server.address + path))
            return pages[-1]

        yield make
        problems = [problem for page in pages for problem in page.problems]
        for page in pages:
            page.close()
        assert problems == []


LABELS = "[...document.querySelectorAll('.grid-row:not([hidden]) .grid-label')].map((label) => Number(label.textContent))"


def test_table_and_streams(new_page, producer, server):
    records = np.zeros(900_000, [("n", "<u4"), ("v", "<f4")])
    records["v"] = np.random.default_rng(8).random(900_000)
    producer.log("loads", records, records=900_000)
    page = new_page("/table/?stream=loads&hold=1000000")
    page.wait_for_function(f"() => {LABELS}.at(-1) === 900000", seconds=60)
    # Higher than any element of this browser would be, row by row.
    page.evaluate("() => { document.querySelector('#grid').scrollTop = 0; }")
    page.wait_for_function(f"() => {LABELS}[0] === 1")
    page.evaluate("() => { document.querySelector('.grid-title:nth-child(3) button').click(); }")
    first = int(np.argsort(records["v"], kind="stable")[0]) + 1
    page.wait_for_function(f"() => {LABELS}[0] === {first}", seconds=90)

    page = new_page("/streams/?open=loads&code=numpy")
    page.wait_for_function("() => document.querySelector('.lines code')?.textContent.includes('np.load(')")
    page.wait_for_function("() => document.querySelector('#space').textContent.includes('used')")
    # Not by a script: what is asked of a page that is on its way to another one may get no answer.
    page.goto(server.address + "/")
    page.wait_for_function("() => location.pathname === '/streams/' && location.search === '?open=loads&code=numpy'")
