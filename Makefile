# webmon: `make demo` shows it, `make test` tests all of it. Both set up what they need first; see `make help`.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo demo-napari test test-swift test-python test-server test-browser test-benchmarks stress build charts bench bench-quick clean packages test-packages

# Debian's Python, because the interop tests embed Debian's libpython.
PYTHON ?= /usr/bin/python3
VENV := .venv
RELEASE := .build/release
CHARTS := .build/charts
PORT ?= 5000
say = @echo "webmon: $(1)"

help:
	@echo "make demo    build, and show real images from a Python process in the browser (PORT=5000)"
	@echo "make demo-napari  build, and share a napari window with real images"
	@echo "make test    build, and run every test"
	@echo "make build   the server ($(RELEASE)/webmon) and the library ($(RELEASE)/libarrayshm.so)"
	@echo "make charts  the script that draws the pages' charts ($(CHARTS)), which 'make build' makes too"
	@echo "make bench   measure every hop beside its limit and its peers, and write a report (an hour; BENCH='hops/...py --runs 3' for one)"
	@echo "make bench-quick  the same in minutes: data and counts are checked, times say little"
	@echo "make stress  the two-minute stress test of shared memory (SECONDS_OF_STRESS=120)"
	@echo "make clean   remove what was built and the Python environment"

# ---- What a machine needs ----------------------------------------------------------------------------------------------

packages:
	@.ci/packages build

test-packages:
	@.ci/packages build test

# napari and Qt take pip minutes, and uv seconds. Where uv reaches no index pip may, which knows more settings.
install = install() { $(VENV)/bin/pip install --quiet --disable-pip-version-check uv && \
  { $(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python "$$@" || $(VENV)/bin/pip install --quiet --disable-pip-version-check "$$@"; }; }; install

# An editable install: it follows the sources, so only its metadata can make it stale.
$(VENV)/demo-ready: python/pyproject.toml python/setup.py | build
	$(call say,making the Python environment $(VENV) with what the demo needs)
	@$(PYTHON) -m venv $(VENV)
	@$(install) -e './python[demo]'
	@touch $@

$(VENV)/napari-ready: $(VENV)/demo-ready
	$(call say,adding napari to $(VENV))
	@$(install) -e './python[demo,napari]' 'napari[pyqt6]'
	@touch $@

$(VENV)/test-ready: $(VENV)/demo-ready Tests/requirements.txt
	$(call say,adding what the tests need to $(VENV))
	@$(install) -e './python[demo,test]' -r Tests/requirements.txt
	@touch $@

$(VENV)/bench-ready: $(VENV)/demo-ready benchmarks/requirements.txt Sources/webmon/Charts/requirements.txt
	$(call say,adding what the benchmarks compare with to $(VENV))
	@$(install) -r benchmarks/requirements.txt
	@touch $@

# ---- Building ----------------------------------------------------------------------------------------------------------

build: packages charts
	$(call say,building the server and the library (some minutes the first time))
	@swift build -c release --static-swift-stdlib --product webmon
	@swift build -c release --static-swift-stdlib --product arrayshm

charts: $(CHARTS)/vega/vega.js

# One wheel in an environment of its own, which is not kept: nothing else needs it, and the script is made once.
$(CHARTS)/vega/vega.js: Sources/webmon/Charts/bundle.py Sources/webmon/Charts/requirements.txt | packages
	$(call say,bundling Vega-Lite for the pages' charts)
	@rm -rf .build/charts-python
	@$(PYTHON) -m venv .build/charts-python
	@.build/charts-python/bin/pip install --quiet --disable-pip-version-check -r Sources/webmon/Charts/requirements.txt
	@.build/charts-python/bin/python Sources/webmon/Charts/bundle.py $(CHARTS)
	@rm -rf .build/charts-python

demo: build $(VENV)/demo-ready
	@exec $(RELEASE)/webmon demo --python $(VENV)/bin/python --port $(PORT)

demo-napari: build $(VENV)/napari-ready
	@exec $(VENV)/bin/python -m webmon.demo.viewer

# ---- Testing -----------------------------------------------------------------------------------------------------------

PYTEST := $(VENV)/bin/python -m pytest -q
# Two at a time where tests mostly wait for programs and browsers: -n 2.

test: test-packages test-swift test-python test-server test-browser test-benchmarks
	$(call say,all tests passed)

test-swift: test-packages build $(VENV)/test-ready
	$(call say,testing the Swift modules)
	@swift build --build-tests
	@WEBMON_TEST_PYTHON=$(CURDIR)/$(VENV)/bin/python swift test --skip-build

test-python: build $(VENV)/test-ready
	$(call say,testing the Python package and the C interface)
	@cd python && ../$(VENV)/bin/python -m mypy
	@cd python && ../$(PYTEST) --ignore tests/napari
	@cd python && ../$(PYTEST) -n 2 tests/napari
	@$(PYTEST) Tests/c Tests/stress

test-server: build $(VENV)/test-ready
	$(call say,testing the server from outside)
	@$(PYTEST) -n 2 Tests/server

test-browser: test-packages build $(VENV)/test-ready
	$(call say,testing the pages in real browsers)
	@$(PYTEST) -n 2 Tests/browser

stress: build $(VENV)/test-ready
	@WEBMON_STRESS_SECONDS=$(or $(SECONDS_OF_STRESS),120) $(PYTEST) -s Tests/stress

# Every hop with --quick: what needs a package that only `make bench` installs is left out there.
test-benchmarks: test-packages build $(VENV)/test-ready
	$(call say,testing the benchmarks, and running each shortly)
	@cd benchmarks && ../$(VENV)/bin/python -m mypy
	@$(PYTEST) -n 2 Tests/benchmarks

# One that fails or misses a bar does not keep the others from being run; it is told at the end, and is an error. RUN are options of benchmarks/run.py.
bench: test-packages build $(VENV)/bench-ready
	@$(VENV)/bin/python benchmarks/$(if $(BENCH),$(BENCH),run.py $(RUN))

bench-quick: RUN += --quick
bench-quick: bench

clean:
	rm -rf .build $(VENV) python/build python/src/*.egg-info
