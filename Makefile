# Everything made here stays in this folder; only caches (pip's, and Aisle's models) lie in the user's own cache folder.

PYTHON ?= python3
VENV := .venv
PARITY := .venv-parity
BIN := $(VENV)/bin
SOURCES := $(shell find src -type f ! -name '*.pyc')

# A user's environment holds a copy of the package, a developer's the sources themselves, which then serve `run` as well.
USER_STAMP := $(VENV)/.user
DEV_STAMP := $(VENV)/.dev
INSTALLED := $(or $(wildcard $(DEV_STAMP)),$(USER_STAMP))

# A path may hold spaces and an address a dollar sign, so VIDEO reaches the recipe as it was typed, through the environment.
override VIDEO := $(value VIDEO)
export VIDEO

# One line that says what happened, what was got, what is allowed and what to do, as the package's own errors do.
fail = { echo "$(1); got: $(2); allowed: Python 3.11 or later with venv; do: $(3)" >&2; exit 1; }

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test parity bench bench-serve clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16
	@echo "  PYTHON=/path/to/python3 chooses the Python that .venv is made with."

run: $(INSTALLED) ## install, then analyse a sample video, or your own with VIDEO=path or VIDEO=address
	@$(BIN)/python -m aisle demo $${VIDEO:+"$$VIDEO"}

test: $(DEV_STAMP) ## lint, types and tests
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/python -m pytest

parity: $(PARITY)/.installed ## compare networks with torchvision's and pytorchvideo's, in an environment of their own
	$(PARITY)/bin/python -m pytest tests/parity -rP

bench: $(DEV_STAMP) ## measure accuracy and speed on this machine, into benchmarks/results
	$(BIN)/python benchmarks/run.py

bench-serve: $(DEV_STAMP) ## load the service on loopback and watch cameras, into benchmarks/results
	$(BIN)/python benchmarks/serve.py
	$(BIN)/python benchmarks/cameras.py
	$(BIN)/python benchmarks/page.py
	$(BIN)/python benchmarks/table.py

clean: ## remove both environments, out and the caches of the tools; the models in the user's cache stay
	rm -rf $(VENV) $(PARITY) out dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -type d -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg $(PARITY)/pyvenv.cfg:
	@command -v "$(PYTHON)" >/dev/null || \
	  $(call fail,Python was not found,$(PYTHON),install python3 or name one with PYTHON=/path/to/python3)
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  $(call fail,this Python is too old,$$("$(PYTHON)" --version 2>&1),name a newer one with PYTHON=/path/to/python3)
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	  { version=$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  $(call fail,this Python cannot make virtual environments,Python $$version without venv,apt-get install python$$version-venv as root); }
	"$(PYTHON)" -m venv $(@D)

$(USER_STAMP): $(VENV)/pyvenv.cfg pyproject.toml $(SOURCES)
	$(BIN)/python -m pip install ".[all]"
	@touch $@

$(DEV_STAMP): $(VENV)/pyvenv.cfg pyproject.toml
	$(BIN)/python -m pip install -e ".[dev]"
	@touch $@

$(PARITY)/.installed: $(PARITY)/pyvenv.cfg pyproject.toml tests/parity/requirements.txt
	$(PARITY)/bin/python -m pip install -e . -r tests/parity/requirements.txt
	@touch $@
