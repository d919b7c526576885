# `make run` and `make test` are all that a stranger needs; the rest is for those who build.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run test test-full lint bench clean

run: $(VENV)/.base
	$(BIN)/python -m bot run

test: $(VENV)/.dev
	$(BIN)/python -m bot models pull
	$(BIN)/python -m pytest

test-full: $(VENV)/.rap
	$(BIN)/python -m pytest -m full

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	@for one in executor retrieval forget overhead start recognition; do \
		$(BIN)/python -m benchmarks.$$one || exit 1; done

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rapport needs Python 3.11 or newer; try make run PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.rap: $(VENV)/.dev
	$(PIP) install --quiet --editable '.[rap]'
	@touch $@
