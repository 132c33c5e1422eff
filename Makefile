# The two commands to know: `make run` shows Genesis at work, `make test` runs the whole suite.
# Both set up .venv first, with nothing but Python 3.11 or newer; a second call starts at once.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help run test lint types imports check bench clean

help:  ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: $(VENV)/.ready  ## Evolve the problem heilbronn for a minute
	@$(BIN)/genesis run heilbronn stop.wall_s=60 stop.evaluations=null
	@printf '\n%s\n' \
		'To go on, put the command genesis on your path:' \
		'  source $(BIN)/activate' \
		'  genesis list                                # the runs so far' \
		'  genesis run toy experiment=quick            # another problem; genesis run --help says more'

# Hundreds of processes import the same modules: their bytecode is kept, whatever the environment says.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.ready-dev  ## Run the whole test suite, on all processors
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(VENV)/.ready-dev  ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready-dev  ## Check types, strictly
	$(BIN)/pyright

imports: $(VENV)/.ready-dev  ## Check that imports go down the floors
	$(BIN)/lint-imports

check: lint types imports test  ## All of the above but run

bench: $(VENV)/.ready-dev  ## Measure speed and size, with the machine beside the figures
	$(BIN)/python -m benchmarks

clean:  ## Remove .venv, caches and builds; runs stay
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: pyproject.toml | $(BIN)/python
	@echo 'Installing Genesis into $(VENV) ...'
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --editable '.[sql]'
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@echo 'Installing the development tools into $(VENV) ...'
	@$(PIP) install --group dev $(if $(CI),--group toolchains)
	@touch $@

# A name on the path may be a stand-in that does not start, or a Python without venv (Debian splits it off): try each.
$(BIN)/python:
	@found=; \
	for python in $(PYTHONS); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found=$$python; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
		echo "Creating $(VENV) with $$("$$python" --version) ..."; \
		exec "$$python" -m venv --clear $(VENV); \
	done; \
	if [[ -n "$$found" ]]; then \
		echo "$$found has no venv module: install it (Debian and Ubuntu: apt install python3-venv)" >&2; \
	else \
		echo "No Python 3.11 or newer among: $(PYTHONS)." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.11" >&2; \
	fi; \
	exit 3
