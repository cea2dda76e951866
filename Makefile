# `make demo` and `make test` need python3, python3-venv and make; nothing else.
PYTHON ?= python3
# Processes that share a suite.
WORKERS ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PREFECT_HOME = $(CURDIR)/.kpi/prefect
export PREFECT_SERVER_ANALYTICS_ENABLED = false
export DO_NOT_TRACK = 1

.PHONY: demo test test-all lint hooks docs bench lock clean help

help:  ## show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.venv/run.stamp: requirements-build.lock requirements.lock pyproject.toml
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --no-deps -r requirements-build.lock
	.venv/bin/python -m pip install --quiet --no-deps -r requirements.lock
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	.venv/bin/python -m pip install --quiet --no-deps -r requirements-dev.lock
	touch $@

demo: .venv/run.stamp  ## the whole product on this machine, without a Google account
	.venv/bin/kpi demo

test: .venv/dev.stamp  ## the test suite that needs no system package
	.venv/bin/python -m pytest -n $(WORKERS) --dist loadfile -m "not slow and not browser and not postgres and not npm"

test-all: .venv/dev.stamp  ## the longer suites: Chromium, PostgreSQL, npm clients, long random runs
	.venv/bin/python -m pytest -n $(WORKERS) --dist worksteal -m "slow or browser or postgres or npm"

lint: .venv/dev.stamp  ## ruff, mypy, import-linter
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

hooks: .venv/dev.stamp  ## check each commit as `make lint` does (.pre-commit-config.yaml)
	.venv/bin/pre-commit install

docs: .venv/run.stamp  ## write the pages that are made from data and code
	.venv/bin/python -m templates.documenting
	.venv/bin/python -m sheets_emulator.coverage docs/emulator.md

bench: .venv/dev.stamp  ## benchmarks, as ratios within one run
	for b in bench/bench_*.py; do .venv/bin/python $$b || exit 1; done

COMPILE = .venv/bin/uv pip compile --universal --no-emit-index-url --no-emit-find-links --generate-hashes --no-header --quiet
BUILD_REQUIRES = import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")

lock:  ## resolve the dependencies anew (needs uv from the dev lock)
	$(COMPILE) --extra emulator -o requirements.lock pyproject.toml
	.venv/bin/python -c '$(BUILD_REQUIRES)' | $(COMPILE) -c requirements.lock -o requirements-build.lock -
	$(COMPILE) --extra emulator --extra dev -c requirements.lock -c requirements-build.lock -o requirements-dev.lock pyproject.toml

clean:  ## remove what was made here
	rm -rf .venv .kpi demo-out
