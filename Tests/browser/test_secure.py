"""A server that is encrypted and wants a token, as a browser meets it."""

import os
import subprocess
from urllib.parse import urlsplit

import numpy as np
import pytest
from canvas import wait_for_frame
from conftest import PAGES, wait_until

SHAPE = (100, 160)


@pytest.fixture
def secure(program, directory, tmp_path):
    """The address that such a server prints."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {key} -out {certificate}"
    subprocess.run(command.split(), check=True, capture_output=True, timeout=60)
    options = ["--port", "0", "--dir", directory, "--token", "new", "--tls-cert", str(certificate), "--tls-key", str(key)]
    environment = {**os.environ, "WEBMON_PAGES": str(PAGES)}
    process = subprocess.Popen([program, "serve", *options], stdout=subprocess.PIPE, text=True, env=environment)
    yield process.stdout.readline().rsplit(" ", 1)[1].strip()
    process.terminate()
    assert process.wait(20) == 0
    process.stdout.close()


@pytest.fixture
def context(chromium):
    context = chromium.new_context(ignore_https_errors=True)
    context.set_default_timeout(20_000)
    yield context
    context.close()


def test_the_printed_address_opens_everything(secure, context, producer):
    data = np.random.default_rng(1).integers(0, 4096, SHAPE).astype("u2")
    producer.stream("camera", data, metadata={"contrast_limits": [0, 4000]})
    page = context.new_page()
    page.goto(secure)
    # Who comes for the first time comes to the Viewer.
    wait_for_frame(page)
    # The token is nowhere to be seen, copied or sent on; the cookie does it from here.
    parts = urlsplit(secure)
    assert page.url.startswith(f"https://{parts.netloc}/viewer/") and "token" not in page.url
    page.goto(f"https://{parts.netloc}/streams/")
    page.get_by_role("row", name="camera").wait_for()
    token = parts.query.removeprefix("token=")
    assert token and token not in page.evaluate("document.cookie")  # which names the page last used


@pytest.mark.parametrize("transport", ["websocket", "fetch"])
def test_the_same_bytes_over_tls(secure, context, producer, transport):
    data = np.random.default_rng(2).integers(0, 65536, (700, 900)).astype("u2")
    producer.stream("camera", data, slots=4)
    page = context.new_page()
    page.goto(secure)
    page.evaluate(
        """async (transport) => {
          const { connect } = await import("/webmon.js");
          window.sums = [];
          const server = await connect();
          window.subscription = server.subscribe("camera", {
            transport,
            onFrame: (frame) => sums.push([frame.sequence, frame.array.reduce((sum, value) => sum + value, 0)]),
          });
        }""",
        transport,
    )
    # Not `wait_for_function`, whose text the policy of the page's scripts forbids.
    wait_until(lambda: page.evaluate("sums.length") >= 1)
    wait_until(lambda: page.evaluate("subscription.transport") == transport)
    for number in range(2, 8):
        producer.put("camera", data)
        wait_until(lambda number=number: page.evaluate("sums.at(-1)[0]") == number)
    assert {total for _, total in page.evaluate("sums")} == {int(data.sum(dtype="u8"))}


def test_without_the_token_a_page_says_what_is_missing(secure, context):
    parts = urlsplit(secure)
    page = context.new_page()
    answer = page.goto(f"https://{parts.netloc}/streams/")
    assert answer.status == 401 and "token" in page.inner_text("body")
    assert page.goto(f"https://{parts.netloc}/streams/?token=wrong-wrong-wrong-wrong").status == 401
