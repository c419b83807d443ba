"""What axe-core finds on every page, in light and dark: names, roles, contrast, structure. It is a library of rules, not of opinions."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from pages import BUSY, EMPTY, share_everything


def violations(page):
    page.get_by_text("connected", exact=True).wait_for()
    page.wait_for_timeout(700)
    return broken_rules(page)


def broken_rules(page):
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("address", BUSY)
def test_a_busy_page(new_page, producer, address):
    share_everything(producer)
    page = new_page(address, color_scheme="light")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)
    assert broken_rules(page) == []


@pytest.mark.parametrize("address", EMPTY)
def test_an_empty_page(new_page, address):
    assert violations(new_page(address)) == []


def test_the_help(new_page):
    page = new_page("/streams/")
    page.get_by_text("connected", exact=True).wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert violations(page) == []


def test_without_the_server(new_page, server):
    page = new_page("/streams/")
    page.get_by_text("connected", exact=True).wait_for()
    server.stop()
    page.get_by_role("button", name="Try now").wait_for()
    assert broken_rules(page) == []
    page.problems.clear()  # Chromium reports each attempt that failed.
