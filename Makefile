# `make run` and `make test` are all that a stranger needs; the rest is for those who build.
PYTHON ?= python3
VENV := .venv
FULL := .venv-full
RAY := .venv-ray
BIN := $(VENV)/bin
PIP := bot/cli/installing.py --editable

.PHONY: run test test-postgres test-deploy test-ray test-full lint attack bench bench-full clean

# make run PRESET=standard: the models of another preset, where they can be had.
run: $(if $(filter rap,$(PRESET)),$(FULL)/.rap,$(VENV)/.$(or $(PRESET),base))
	$(if $(filter rap,$(PRESET)),$(FULL)/bin,$(BIN))/python -m bot run $(PRESET:%=--preset %)

test: $(VENV)/.dev
	@$(BIN)/python -m bot models pull >/dev/null
	$(BIN)/python -m pytest --numprocesses logical --dist loadgroup

# With a PostgreSQL cluster of its own, which each test process starts in a temporary folder.
test-postgres: $(VENV)/.dev
	@$(BIN)/python -m bot models pull >/dev/null
	$(BIN)/python -m pytest -m postgres --numprocesses logical --dist loadgroup

# The Dockerfile's steps in a plain directory, the roles of compose.cluster.yaml beside a PostgreSQL server, the unit and the alerts by
# systemd's and Prometheus' own programs.
test-deploy: $(VENV)/.dev
	$(BIN)/python -m pytest -m deploy

# With a Ray cluster of their own, of several nodes on this machine.
test-ray: $(RAY)/.ray
	$(RAY)/bin/python -m pytest -m ray

test-full: $(FULL)/.rap
	@$(FULL)/bin/python -m bot models pull >/dev/null
	$(FULL)/bin/python -m pytest -m full

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tests.house

# Everything hostile that we know, against running bots: SHORT=--short tries a tenth of it.
attack: $(VENV)/.dev
	@$(BIN)/python -m bot models pull >/dev/null
	$(BIN)/python -m tests.attack $(SHORT)

bench: $(VENV)/.dev
	@for one in executor retrieval forget overhead start stale load photo recognition understanding chaos; do \
		$(BIN)/python -m benchmarks.$$one || exit 1; done

bench-full: $(FULL)/.rap
	@for one in generation vision gpu.contention training; do $(FULL)/bin/python -m benchmarks.$$one || exit 1; done

clean:
	rm -rf $(VENV) $(FULL) $(RAY) build *.egg-info .mypy_cache .ruff_cache .pytest_cache

# The environments are apart, so that torch and Ray never get into the base set.
$(VENV)/bin/python $(FULL)/bin/python $(RAY)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"Rapport needs Python 3.11 or newer: make run PYTHON=python3.12, for instance.")'
	$(PYTHON) -m venv $(@D)/..

$(VENV)/.base: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing Rapport into $(VENV): about 75 packages, 190 MB to fetch, 770 MB on the disk"
	@$(BIN)/python $(PIP) . --constraint constraints.txt
	@touch $@

$(VENV)/.lite: $(VENV)/.base
	@touch $@

# What can't be installed now keeps nobody from running the rest: the program says what it goes on with.
$(VENV)/.standard: $(VENV)/.base
	@echo "Installing what the preset standard needs into $(VENV)"
	@$(BIN)/python $(PIP) '.[standard]' --constraint constraints.txt && touch $@ || true

$(VENV)/.dev: $(VENV)/.base
	@echo "Installing what the tests need into $(VENV)"
	@$(BIN)/python $(PIP) '.[dev]' --constraint constraints.txt
	@touch $@

$(FULL)/.rap: $(FULL)/bin/python pyproject.toml constraints.txt
	@echo "Installing the full stack into $(FULL): 6 GB on the disk"
	@$(FULL)/bin/python $(PIP) '.[dev,rap,quantize,data,train]' --constraint constraints.txt
	@touch $@

$(RAY)/.ray: $(RAY)/bin/python pyproject.toml constraints.txt
	@echo "Installing Rapport with Ray into $(RAY)"
	@$(RAY)/bin/python $(PIP) '.[dev,ray]' --constraint constraints.txt
	@touch $@
