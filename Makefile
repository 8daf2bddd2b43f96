# Everything that a person or a machine does with this project. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PORT ?= 8000
# Processes that test side by side (make test WORKERS=4).
WORKERS ?= 2
# The first Python that is new enough; the demo needs nothing else.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
BIN := .venv/bin
# Only Pythons that are here already: an intranet has no place to download one from.
export UV_PYTHON_DOWNLOADS := never
# Programs that tests and servers start would compile every module of every package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo serve test check lint pytest smoke bench bench-partition bench-locate bench-hotspots bench-% postgis sample assets address-weights clean

help: ## list the targets
	@grep -E '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(UV):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it and try again." >&2; exit 1; }
	@echo "Installing uv, which installs the rest …"
	@$(PYTHON) -m venv .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check uv

# The stamps make a second run quick: they are newer than what they were made from.
.venv/.core: uv.lock pyproject.toml | $(UV)
	$(UV) sync --quiet --locked --inexact --no-default-groups --python $(PYTHON)
	@touch $@

.venv/.all: uv.lock pyproject.toml | $(UV)
	$(UV) sync --quiet --locked --inexact --all-extras --group test --group check --python $(PYTHON)
	@touch $@ .venv/.core

geo/maps/static/vendor/.done: package-lock.json package.json geo/maps/assets.py | .venv/.core
	@if ! command -v npm >/dev/null; then $(UV) sync --quiet --locked --inexact --no-default-groups --group node --python $(PYTHON); fi
	$(BIN)/python -m geo.maps.assets
	@touch $@

assets: geo/maps/static/vendor/.done ## copy Leaflet into the project

demo: .venv/.core geo/maps/static/vendor/.done ## run the main job on the sample district and serve it (PORT=8000)
	$(BIN)/geo demo --port $(PORT)

serve: .venv/.core geo/maps/static/vendor/.done ## serve the database that GEO_DATABASE_URL names
	$(BIN)/geo serve --port $(PORT)

lint: .venv/.all ## style, types and the contract of the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: .venv/.all geo/maps/static/vendor/.done
	@# In the order of tests/conftest.py, not by the number of tests: the longest files come first.
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --hypothesis-profile=same

smoke: .venv/.all geo/maps/static/vendor/.done ## the built wheel runs the demo without development dependencies
	rm -rf dist && $(UV) build --quiet --wheel --out-dir dist
	@# The versions of the lock: a new release elsewhere must not break a change here.
	$(UV) export --quiet --locked --no-default-groups --no-emit-project --no-hashes --output-file dist/versions.txt
	$(UV) venv --quiet --python $(BIN)/python dist/venv
	$(UV) pip install --quiet --python dist/venv --constraints dist/versions.txt dist/*.whl
	cd dist && venv/bin/geo demo --no-serve --dir smoke

check: lint pytest ## everything but the smoke run

test: lint pytest smoke ## everything

bench: .venv/.all ## speed and quality, measured
	$(BIN)/python -m benchmarks

bench-partition: .venv/.all ## ours beside METIS, KaHIP, GerryChain and spopt on the same graphs
	$(UV) sync --quiet --locked --inexact --all-extras --group test --group check --group peers --python $(PYTHON)
	$(BIN)/python -m benchmarks.partition

bench-locate: .venv/.all ## locating and serving beside shapely, geopandas, duckdb, PostGIS and the HTTP hello world
	$(UV) sync --quiet --locked --inexact --all-extras --group test --group check --group engines --python $(PYTHON)
	$(BIN)/python -m benchmarks.locate

bench-hotspots: .venv/.all ## hotspot statistics beside esda, scikit-learn and a plain Python scan
	$(UV) sync --quiet --locked --inexact --all-extras --group test --group check --group peers --python $(PYTHON)
	$(BIN)/python -m benchmarks.hotspots

bench-%: .venv/.all
	$(BIN)/python -m benchmarks.$(subst -,_,$*)

sample: .venv/.all ## make data/boundaries/chenguang anew from its seed
	$(BIN)/geo sample --out data/boundaries/chenguang

address-weights: .venv/.all ## fit the shipped weights of the address matcher anew to generated texts
	$(BIN)/geo address shipped --out geo/locate/address/weights.json

postgis: ## start a throw-away PostGIS server and print its URL (Debian packages postgresql, postgis)
	$(BIN)/python -m tests.postgis

clean:
	rm -rf .venv .uv dist node_modules geo/maps/static/vendor var .mypy_cache .ruff_cache .pytest_cache .hypothesis
