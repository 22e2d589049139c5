# Two commands are the product's face: `make demo` and `make test`. `make help` explains every target.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
CODE := plugins/riskreview plugins/riskreview_plugin.py
PYTEST := $(BIN)/python -m pytest
CUSTOMERS ?= 2000
SEED ?= 7
AS_OF ?= 2026-10-30
PORT ?=
HOME_DIR ?= var/demo/home
DEMO := $(BIN)/riskreview --home $(HOME_DIR) demo

# Compiled modules are kept, whatever the shell says: compiling our own code and tests costs every process seconds.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-training setup-dev demo down test test-deep test-unit quarters torture failover-drill examples fuzz test-e2e check fix docs lock bench prod-smoke base-images sbom audit-dependencies clean

help: ## Explain all targets
	@awk 'BEGIN {FS = ":.*## "; printf "\nUse: make TARGET\n\n"} /^[a-z-]+:.*## / {printf "  \033[1m%-15s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nSettings of demo: CUSTOMERS=2000 SEED=7 AS_OF=2026-10-30 PORT=8080 (default: a free port) HOME_DIR=var/demo/home\n\n'

setup: ## Build the environment in .venv from the hash-locked requirements
	@$(PYTHON) tools/bootstrap.py

setup-training: ## Add to the environment what training a model needs
	@$(PYTHON) tools/bootstrap.py --training

setup-dev:
	@$(PYTHON) tools/bootstrap.py --dev

demo: ## Start PostgreSQL and Airflow, run the whole loop on a made-up portfolio, print what came out
	@start=$$(date +%s); $(PYTHON) tools/bootstrap.py && end=$$(date +%s) && \
	$(DEMO) --customers $(CUSTOMERS) --seed $(SEED) --as-of $(AS_OF) $(if $(PORT),--port $(PORT)) --setup-seconds $$((end - start))

down: ## Stop everything make demo started; the data stay
	@if [ -x $(BIN)/riskreview ]; then $(DEMO) --stop; fi

test: setup-dev ## Run all tests but the deep ones, in the same order and on the same examples every time
	@$(BIN)/python tools/run_tests.py

test-deep: setup-dev ## Run the tests that take their time: portfolios and seasons in one process, every figure a second way, kills anywhere, full disks
	@$(PYTEST) -n 2 --dist loadfile --randomly-dont-reorganize --randomly-seed 7 --ignore tests/e2e -m deep

test-unit: setup-dev ## Run the quick tests that need no database
	@$(PYTEST) -n 2 --ignore tests/e2e --ignore tests/dags -m "not database and not airflow and not e2e and not long"

quarters: setup-dev ## Play QUARTERS=28 quarters of a small company and hold every invariant after each
	@RISKREVIEW_QUARTERS=$(or $(QUARTERS),28) RISKREVIEW_SEED=$(if $(filter command line,$(origin SEED)),$(SEED),28) $(PYTEST) -s tests/quarters

torture: setup-dev ## Kill the loop TORTURE_KILLS=1000 times, anywhere, with SEED=7, and compare with an undisturbed one
	@PYTHONPATH=plugins:. PYTHONWARNINGS=ignore OPENBLAS_NUM_THREADS=1 nice -n 19 $(BIN)/python -m tests.torture --kills $(or $(TORTURE_KILLS),1000) --seed $(SEED)

failover-drill: setup-dev ## Lose PostgreSQL's primary under a running loop, once with a synchronous standby and once measuring the loss without
	@for MODE in "" --asynchronous; do PYTHONPATH=plugins:. PYTHONWARNINGS=ignore OPENBLAS_NUM_THREADS=1 nice -n 10 $(BIN)/python -m tests.torture.failover $$MODE || exit 1; done

examples: setup-dev ## Try every property on new examples, EXAMPLES=200 unless the property names a number, and every file in another order
	@RISKREVIEW_EXAMPLES=$(or $(EXAMPLES),200) $(PYTEST) -n 2 --dist loadfile --ignore tests/e2e -k "hypothesis or machine or lifecycle"

fuzz: setup-dev ## Let Schemathesis ask the interface for programs as every role, FUZZ=20 examples for each operation, with SEED=7
	@RISKREVIEW_FUZZ=$(or $(FUZZ),20) RISKREVIEW_SEED=$(SEED) $(PYTEST) tests/console/test_console_fuzz.py

test-e2e: setup-dev ## Run the whole system on a small portfolio
	@$(PYTEST) --randomly-dont-reorganize -m e2e

check: setup-dev ## Check format, lint, types, import contracts, SQL and generated docs
	@mkdir -p var
	@$(BIN)/ruff format --check --quiet . && echo "format      ok"
	@$(BIN)/ruff check --quiet . && echo "lint        ok"
	@$(BIN)/mypy && echo "types       ok"
	@PYTHONPATH=plugins $(BIN)/lint-imports --no-cache > var/lint-imports.log 2>&1 || { cat var/lint-imports.log; exit 1; } && echo "imports     ok"
	@$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 include/sql > var/sqlfluff.log 2>&1 || { tail -60 var/sqlfluff.log; exit 1; } && echo "SQL         ok"
	@$(BIN)/python tools/make_docs.py --check && echo "docs        ok"

fix: setup-dev ## Format the code and repair what the linter can repair
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

docs: setup-dev ## Write the generated pages of docs/reference
	@$(BIN)/python tools/make_docs.py

bench: setup ## Measure landing, validation, indicators, assessment and writing at SCALE=S, M or L
	@$(BIN)/riskreview bench --scale $(or $(SCALE),S)

prod-smoke: setup ## Rehearse production on a container engine: start the stack, kill a worker and the scheduler in the loop, remove it all
	@$(BIN)/python -m tools.prod_smoke

base-images: ## Build stand-ins for the official images, where no image registry is reached; needs root and debootstrap
	@$(PYTHON) -m tools.base_images

lock: setup-dev ## Pin requirements*.txt anew from requirements*.in
	@for name in requirements requirements-training requirements-dev requirements-production tools/requirements-bootstrap; do \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes $$name.in -o $$name.txt; done

sbom: setup-dev ## Write what the product is made of to var/sbom.cdx.json (CycloneDX)
	@$(BIN)/python tools/supply_chain.py --sbom var/sbom.cdx.json

audit-dependencies: setup-dev ## Ask for known vulnerabilities of every locked component; without network: ADVISORIES=all.zip, a copy of OSV's database
	@$(BIN)/python tools/supply_chain.py --advisories $(ADVISORIES)

clean: down ## Stop everything and delete var/ and the environment
	@rm -rf var .venv
