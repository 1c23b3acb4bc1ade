# Two commands are enough: `make nightly` runs the night, `make test` runs every check.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
export CONDORWATCH_HOME ?= $(CURDIR)/var

.DEFAULT_GOAL := help
.PHONY: help setup nightly test lint soak bench format clean

help:  ## what there is
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

setup: .venv/.ready  ## the environment: uv, the locked dependencies, Pango and a font

.venv/.ready: uv.lock pyproject.toml scripts/system-packages
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "condorwatch needs Python 3.11 or newer; set PYTHON=python3.11 or the like." >&2; exit 2; }
	@test -x $(UV) || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet uv; }
	@$(UV) sync --frozen --inexact --quiet
	@scripts/system-packages
	@touch $@

nightly: setup  ## the night of the recorded simulated session, through the Prefect engine
	@$(BIN)/condorwatch nightly; code=$$?; test $$code -eq 0 -o $$code -eq 4

test: setup lint  ## every check
	@scripts/system-packages chromium poppler-utils
	@$(BIN)/pytest -n 2 --dist loadfile -q -m 'not soak'

lint: setup
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/sqlfluff lint --disable-progress-bar warehouse

soak: setup  ## the slow proofs
	@$(BIN)/pytest -n 2 --dist loadfile -q -m soak

format: setup
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

clean:  ## forget everything built, data included
	rm -rf .venv var dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
