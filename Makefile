# Two commands are enough: `make nightly` runs the night, `make test` runs every check.
PYTHON ?=
JOBS ?= 2
BIN := .venv/bin
PYTEST := env -u CONDORWATCH_HOME -u CONDORWATCH_LANDING -u CONDORWATCH_SOURCES -u CONDORWATCH_SIMULATED_SIZE -u CONDORWATCH_THRESHOLDS -u CONDORWATCH_CBOE -u CONDORWATCH_EMAIL -u CONDORWATCH_SCHEDULE -u CONDORWATCH_NOTICES -u CONDORWATCH_DOCTOR -u CONDORWATCH_SQL -u CONDORWATCH_WAREHOUSE $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -q

.DEFAULT_GOAL := help
.PHONY: help setup nightly test lint audit soak lake bench format clean

help:  ## what there is
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

setup:  ## the environment: uv, the locked dependencies, Pango and a font
	@PYTHON='$(PYTHON)' scripts/setup

nightly: setup  ## the night of the recorded simulated session, through the Prefect engine
	@$(BIN)/condorwatch nightly; code=$$?; test $$code -eq 0 -o $$code -eq 4

test: setup lint  ## every check
	@scripts/system-packages --optional chromium libatomic1 poppler-utils
	@$(PYTEST) -m 'not soak'

lint: setup  ## format, style, types, layers, SQL, dependencies
	@$(BIN)/uv lock --check --offline --quiet || { echo "uv.lock does not fit pyproject.toml: run .venv/bin/uv lock." >&2; exit 1; }
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@log=$$($(BIN)/deptry . 2>&1) || { echo "$$log"; exit 1; }
	@log=$$($(BIN)/lint-imports 2>&1) || { echo "$$log"; exit 1; }
	@$(BIN)/sqlfluff lint --disable-progress-bar warehouse

audit: setup  ## what is installed, why, and which of it has known holes (asks osv.dev)
	@$(BIN)/uv tree --frozen --no-dev --quiet --depth 1
	@$(BIN)/uv audit --frozen --preview-features audit-command

soak: setup  ## the slow proofs; an interrupted run goes on
	@scripts/soak $(PYTEST)

lake: setup  ## the tests of the store on a lake: DuckLake with a PostgreSQL of its own
	@scripts/lake-tests

bench: setup  ## measure beside the peers; never a test
	@$(BIN)/uv sync --frozen --group bench --inexact --quiet
	@$(BIN)/python -m bench.run $(BENCH)

format: setup  ## put the code in shape
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .
	@$(BIN)/sqlfluff fix --disable-progress-bar --quiet warehouse

clean:  ## forget everything built, data included
	rm -rf .venv var dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
