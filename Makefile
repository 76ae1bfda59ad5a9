# Everything a developer does, on any machine with make and Python 3.11 or newer. `make` alone lists it.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTABLE := $(VENV)/.testable
PYTHONS := $(PYTHON) $(BIN)/python python3.13 python3.12 python3.11 python3
ARGS :=

.DEFAULT_GOAL := help
.PHONY: help demo test check bench soak clean

help: ## show this
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

demo: $(INSTALLED) ## play a recorded day to omiflow and its example rules; Ctrl-C ends it
	@$(BIN)/python -m omiflow.emulator.demo $(ARGS)

test: export PYTHONDONTWRITEBYTECODE := # a hundred processes are started, none should compile what another has
test: $(TESTABLE) ## run the whole suite (ARGS="-k word" picks some)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal -m "not soak and not bench" $(ARGS)

check: $(TESTABLE) ## lint, formatting, types, and which room may import which
	@status=0; \
	for look in "ruff check ." "ruff format --check ." mypy lint-imports; do \
	  echo "$$look"; $(BIN)/$$look || status=1; \
	done; \
	exit $$status

bench: $(TESTABLE) ## measure speed, memory, many rules, and how well phrases are heard
	$(BIN)/python tests/bench/throughput.py
	$(BIN)/python tests/bench/phrases.py
	$(BIN)/python tests/bench/streams.py
	$(BIN)/python tests/bench/check.py
	$(BIN)/python tests/bench/fuzzy.py
	$(BIN)/python tests/bench/fillers.py

soak: $(TESTABLE) ## for minutes: kill and reload omiflow, and compare what it hears with a slow matcher
	$(BIN)/python -m pytest -m soak $(ARGS)

clean: ## remove everything that was made here, the virtual environment too
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "omiflow needs Python 3.11 or newer, and none of these is: $(PYTHONS)" >&2; \
	  echo "name another one: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; \
	  exit 1; \
	fi; \
	if [ "$$found" != "$(BIN)/python" ]; then \
	  echo "making $(VENV) with $$($$found --version)"; \
	  $$found -m venv --clear $(VENV); \
	fi
	@echo "installing omiflow and what it needs"
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(TESTABLE): $(INSTALLED)
	@echo "installing what the tests need"
	@$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@
