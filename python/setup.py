"""Puts the library and the program that `make build` made into the wheel."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

# pip builds in the source tree, so that the rest of the checkout is beside this directory.
CHECKOUT = Path(__file__).resolve().parent.parent
BUILT = CHECKOUT / ".build" / "release"
FILES = ("libarrayshm.so", "webmon")
PAGES = CHECKOUT / "Sources" / "webmon" / "Pages"


class BuildPackage(build_py):
    """Adds what was built in Swift. An editable install uses it where it is."""

    def run(self) -> None:
        missing = [name for name in FILES if not (BUILT / name).exists()]
        if missing:
            raise SystemExit(f"{', '.join(missing)} not found in {BUILT}: run make build first")
        super().run()
        if self.editable_mode:
            return
        bundled = Path(self.build_lib) / "webmon" / "_bundled"
        shutil.rmtree(bundled, ignore_errors=True)
        bundled.mkdir(parents=True)
        for name in FILES:
            shutil.copy2(BUILT / name, bundled / name)
        # Where the program looks for them: beside itself.
        shutil.copytree(PAGES, bundled / "pages")


class PlatformWheel(bdist_wheel):
    """Any Python 3, but one platform: the library is loaded with ctypes."""

    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]


class PlatformDistribution(Distribution):
    """Says that there is native code, although no extension module."""

    def has_ext_modules(self) -> bool:
        return True


setup(distclass=PlatformDistribution, cmdclass={"build_py": BuildPackage, "bdist_wheel": PlatformWheel})
