# Thin over the command line `lakeloop`: each target sets up what is missing, then calls one verb.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3.11
USE_CASE ?= churn
UV_VERSION := 0.13.9
LAKELOOP := .venv/bin/lakeloop
STAMP := .venv/.installed
LINTED := include jobs plugins dags tests
# What starts a stack, see tests/conftest.py.
ON_A_STACK := conformance integration e2e faults
# dbt's own suites would double the time of all tests: `test` takes the quick ones alone.
DBT_SUITES := tests/conformance/dbt_suites
UNIT_PRODUCT := tests $(addprefix --ignore=tests/,$(ON_A_STACK))
UNIT_PACKAGES := include/localbricks/tests include/cloudfiles/tests include/serving/tests include/features/tests include/streaming/tests include/recommender/tests include/edge/tests
PYTEST := .venv/bin/python -m pytest
IMPORT_ROOTS := include:jobs:plugins:include/datasets:include/stack:include/localbricks:include/cloudfiles:include/serving:include/features:include/streaming:include/recommender:include/edge
PROJECTS := . include/cloudfiles include/localbricks include/serving include/features include/streaming include/recommender include/edge include/datasets include/stack

.PHONY: help setup run test test-dbt test-unit unit-product unit-packages check lint types conda up down status clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

# Installed once, and again when the lock has changed. --no-deps: requirements.txt is complete.
$(STAMP): requirements.txt $(addsuffix /pyproject.toml,$(PROJECTS))
	@command -v $(PYTHON) >/dev/null || { \
	  echo "$(PYTHON) is missing. Run: sudo apt-get install -y python3.11 python3.11-venv (or set PYTHON=<python 3.11>)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "$(PYTHON) is not Python 3.11; set PYTHON=<python 3.11>"; exit 1; }
	@test -x .venv/bin/uv || test -x .venv/bin/pip || $(PYTHON) -m venv .venv >/dev/null || { rm -rf .venv; \
	  echo "$(PYTHON) cannot make virtual environments. Run: sudo apt-get install -y python3.11-venv"; exit 1; }
	@test -x .venv/bin/uv || .venv/bin/pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	.venv/bin/uv pip sync -q --compile-bytecode --python .venv/bin/python requirements.txt
	.venv/bin/uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation $(addprefix --editable ,$(PROJECTS))
	@touch $@

setup: $(STAMP) ## Install everything that is missing: packages, Java (as root), jars
	$(LAKELOOP) setup

run: setup ## Start the stack, close the loop of USE_CASE on real data, show the summary and the links
	$(LAKELOOP) run --use-case $(USE_CASE)

test: setup lint ## Lint, type-check, and run all tests, on a stack of their own
	.venv/bin/python -m tests.whole

test-dbt: setup ## Run dbt's own suites with dbt-databricks, on a stack of their own
	$(PYTEST) $(DBT_SUITES) --durations=25

test-unit: $(STAMP) ## Run the tests that need no stack, on two cores; under 3 minutes
	@$(MAKE) --no-print-directory -j2 --output-sync=target unit-product unit-packages

unit-product:
	$(PYTEST) -q $(UNIT_PRODUCT) --durations=10

unit-packages:
	$(PYTEST) -q $(UNIT_PACKAGES) --durations=10

check: lint types ## Lint and type-check

lint: $(STAMP)
	.venv/bin/ruff check $(LINTED)
	.venv/bin/ruff format --check $(LINTED)

types: $(STAMP)
	.venv/bin/mypy $(LINTED)
	cd include/localbricks && ../../.venv/bin/mypy --cache-dir ../../.mypy_cache/localbricks
	cd include/cloudfiles && ../../.venv/bin/mypy --cache-dir ../../.mypy_cache/cloudfiles
	cd include/serving && ../../.venv/bin/mypy --cache-dir ../../.mypy_cache/serving
	cd include/features && ../../.venv/bin/mypy --cache-dir ../../.mypy_cache/eventfeatures
	cd include/streaming && ../../.venv/bin/mypy --cache-dir ../../.mypy_cache/eventscorer
	cd include/recommender && ../../.venv/bin/mypy --cache-dir ../../.mypy_cache/rankstream
	cd include/edge && ../../.venv/bin/mypy --cache-dir ../../.mypy_cache/edgescorer
	PYTHONPATH=$(IMPORT_ROOTS) .venv/bin/lint-imports --no-cache

conda: $(STAMP) ## Make docker/conda.yaml from the lock
	.venv/bin/python -m lakeloop_stack.delivery.conda docker/conda.yaml

up: setup ## Start the stack
	$(LAKELOOP) up

down: $(STAMP) ## Stop the stack
	$(LAKELOOP) down

status: $(STAMP) ## Show what runs
	$(LAKELOOP) status

clean: $(STAMP) ## Stop the stack and remove all its state
	$(LAKELOOP) clean --yes
