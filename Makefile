# Courtwatch. `make help` lists what there is to make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Every command starts a second sooner where what it imports was compiled before.
unexport PYTHONDONTWRITEBYTECODE

VENV ?= .venv
INI ?= development.ini
PORT ?= 6543
# pytest runs in this many processes; its own options go into PYTEST_ARGS.
TEST_WORKERS ?= 2
PYTEST_ARGS ?=

BIN := $(VENV)/bin
# The environment is installed again when, and only when, one of these files changes.
RUN_STAMP := $(VENV)/.courtwatch-run-$(shell cat requirements/run.txt setup.py | sha256sum | cut -c1-16)
TEST_STAMP := $(VENV)/.courtwatch-test-$(shell cat requirements/run.txt requirements/test.txt setup.py | sha256sum | cut -c1-16)
BENCH_STAMP := $(VENV)/.courtwatch-bench-$(shell cat requirements/run.txt requirements/bench.txt setup.py | sha256sum | cut -c1-16)
# Only wheels whose hash is in the file: nothing is built, and nothing runs while installing.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--require-hashes --no-deps --only-binary :all:
LOCK := $(BIN)/python -m piptools compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header

.PHONY: help
help: ## Lists what there is to make
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Variables: PORT=$(PORT)  INI=$(INI)  VENV=$(VENV)  PYTEST_ARGS='tests/unit -k word'"

.PHONY: run
run: $(RUN_STAMP) ## Serves Courtwatch with its demonstration country on 127.0.0.1:6543
	@$(BIN)/python -m tools.run_development $(INI) --port $(PORT)

.PHONY: install
install: $(RUN_STAMP) ## Installs what Courtwatch needs to run into .venv

.PHONY: test
test: $(TEST_STAMP) ## Runs the whole test suite (COURTWATCH_NO_SKIP=1: a skipped test fails)
	@$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile $(PYTEST_ARGS)

.PHONY: check
check: $(TEST_STAMP) ## Checks style, types, import rules, migrations, translations and documents
	@BIN=$(BIN) tools/check_all.sh

.PHONY: docs
docs: $(RUN_STAMP) ## Writes the generated pages of docs/ again
	@$(BIN)/python -m tools.generate_docs

.PHONY: bench
bench: $(BENCH_STAMP) ## Runs the benchmarks; each prints ratios against a named peer
	@shopt -s nullglob; for file in benchmarks/*_bench.py; do \
		echo "== $$file"; $(BIN)/python "$$file"; done

.PHONY: lock
lock: $(TEST_STAMP) ## Pins requirements/*.in again, with hashes, into run.txt and test.txt
	$(LOCK) --output-file requirements/run.txt requirements/run.in
	$(LOCK) --output-file requirements/test.txt requirements/test.in
	$(LOCK) --output-file requirements/bench.txt requirements/bench.in
	@BIN=$(BIN) $(BIN)/python -m tools.check_docs --lock-only

.PHONY: front
front: ## Builds style sheets, fonts and scripts (needs Node.js; the result is in the repository)
	@tools/need.sh npm nodejs npm
	cd frontend && npm ci --ignore-scripts && npm run build

.PHONY: clean
clean: ## Removes caches; keeps .venv and everything that was entered (var/)
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
	find courtwatch workflows search_index tests tools benchmarks -name __pycache__ -prune \
		-exec rm -rf {} + 2>/dev/null || true

$(BIN)/python:
	@VENV=$(VENV) tools/make_venv.sh

$(RUN_STAMP): | $(BIN)/python
	@VENV=$(VENV) tools/make_venv.sh
	@echo "Installing what Courtwatch needs into $(VENV) (once; about a minute) ..."
	@$(PIP_INSTALL) -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.courtwatch-run-*; touch $@

$(TEST_STAMP): $(RUN_STAMP)
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP_INSTALL) -r requirements/test.txt
	@rm -f $(VENV)/.courtwatch-test-*; touch $@

$(BENCH_STAMP): $(RUN_STAMP)
	@echo "Installing the peers of the benchmarks into $(VENV) ..."
	@# lifelines wants autograd-gamma, which is published as source only: the one thing built here.
	@$(PIP_INSTALL) --no-binary autograd-gamma --no-build-isolation -r requirements/bench.txt
	@rm -f $(VENV)/.courtwatch-bench-*; touch $@
