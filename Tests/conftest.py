"""C programs built against libarrayshm.so and its header, as anybody would build them; signals as tests need them."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

# A runner in the background ignores SIGINT, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def compile_c(tmp_path_factory):
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        pytest.fail("no C compiler in PATH: install gcc")
    library = ROOT / ".build" / "release"
    if not (library / "libarrayshm.so").is_file():
        pytest.fail(f"no libarrayshm.so in {library}: run make build")

    def compile_program(source: Path) -> str:
        program = tmp_path_factory.mktemp("c") / source.stem
        subprocess.run(
            [compiler, "-std=c11", "-D_DEFAULT_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", source, "-o", program]
            + ["-I", ROOT / "Sources" / "ArrayShmC" / "include"]
            + ["-L", library, "-larrayshm", f"-Wl,-rpath,{library}", "-lpthread"],
            check=True,
        )
        return str(program)

    return compile_program


@pytest.fixture
def directory(monkeypatch):
    path = tempfile.mkdtemp(prefix="webmon-test-", dir="/dev/shm")
    monkeypatch.setenv("WEBMON_DIR", path)
    yield Path(path)
    shutil.rmtree(path)
