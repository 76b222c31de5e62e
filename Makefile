# Every task of the project. `make` alone lists them.

# The first that is there and new enough; 3.11 is what the pinned tools are tried with most.
PYTHON ?= $(firstword $(foreach one,python3.11 python3.12 python3.13 python3.14 python3 python,$(shell \
	$(one) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(one))) python3.11)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := .bench/.ready
DOCUMENTS ?=
COUNT ?= 300
ORDERS ?= 40
SEEDS ?= 50
VERSION ?=
SPEC ?=
SPEC_URL ?=
ONLY ?=

# Modules are loaded lazily, so the reference is told what there is.
API = b2brouter_async $(addprefix b2brouter_async.,client config errors _core.operation _core.pagination _call.pipeline _call.retry \
	limiter einvoice tables bulk webhooks resources.waiting resources.received simulator) \
	$(subst /,.,$(basename $(filter-out %/__init__.py,$(wildcard b2brouter_async/generated/resources/*.py b2brouter_async/generated/models/*.py))))

.DEFAULT_GOAL := help
# What a shell has set for its own Python must not change what is tested; tests/conftest.py sees to the rest.
unexport PYTHONOPTIMIZE PYTHONWARNINGS PYTHONDEVMODE PYTHONUNBUFFERED PYTHONUTF8 PYTHONIOENCODING PYTEST_ADDOPTS \
	PYTHONDONTWRITEBYTECODE
.PHONY: help setup demo fleet-demo test generate check-generated fetch-spec lint types bench docs names pictures long matrix seeds nightly bulk-torture fleet-torture lock build clean

help: ## Say what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment with everything development needs

# Hashes pin every package; the project itself is installed in place, without asking the network again.
$(READY): requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(READY)

demo: $(READY) ## Upload sample e-invoices to a local simulator (DOCUMENTS=folder for your own, COUNT=300)
	@$(BIN)/python examples/demo.py --count $(COUNT) $(if $(DOCUMENTS),--documents "$(DOCUMENTS)")

fleet-demo: $(READY) ## PostgreSQL, Valkey, the simulator, a shop and three workers; one is killed (ORDERS=40)
	@$(BIN)/python -m examples.fleet.demo --orders $(ORDERS)

test: $(READY) ## Run every test
	$(BIN)/python -m pytest -n auto --dist worksteal -q

generate: $(READY) ## Turn the spec into b2brouter_async/generated (SPEC=path for another one)
	$(BIN)/python -m overrides.codegen.generate $(if $(SPEC),--spec "$(SPEC)")

check-generated: $(READY) ## Fail where the generated code differs from what the spec says
	$(BIN)/python -m overrides.codegen.generate --check

fetch-spec: $(READY) ## Download the vendor's spec (VERSION=YYYY-MM-DD, SPEC_URL=address)
	@test -n "$(VERSION)" || { echo "make fetch-spec needs VERSION=YYYY-MM-DD"; exit 2; }
	$(BIN)/python -m overrides.codegen.fetch --version "$(VERSION)" $(if $(SPEC_URL),--url "$(SPEC_URL)")

lint: $(READY) ## Check style, layering and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(READY) ## Check types with mypy and pyright, both strict
	$(BIN)/mypy
	$(BIN)/pyright
	@# Seen from outside of the project, as whoever installs it sees it: the type of every public name is known.
	cd $(VENV) && PATH="$(CURDIR)/$(BIN):$$PATH" pyright --ignoreexternal --verifytypes b2brouter_async

bench: $(READY) $(PEERS) ## Measure everything against its goal and its peers; docs/benchmarks.md is written anew
	$(BIN)/python -m benchmarks.call_profile docs/call-profile.svg
	$(BIN)/python -m benchmarks --write docs/benchmarks.md

# Apart from development: peers need other versions of packages that are needed there.
$(PEERS): benchmarks/requirements.txt
	$(PYTHON) -m venv .bench
	.bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.txt
	@touch $(PEERS)

docs: $(READY) ## Write the API's reference as HTML into build/docs
	$(BIN)/pdoc --no-show-source --output-directory build/docs $(API)

names: $(READY) ## Write docs/names.md, the list of every public name, and docs/mapping.schema.json anew
	$(BIN)/python docs/names.py
	$(BIN)/python docs/mapping_schema.py

pictures: $(READY) ## Make the pictures of the docs anew from real runs (needs chromium)
	$(BIN)/python examples/pictures.py docs/pictures

long: $(READY) ## Run what is long and rarely changes: the suite on other specs, processes that share a limit, kills
	$(BIN)/python -m pytest -n auto --dist worksteal -q -m nightly

matrix: $(READY) ## Run every test on each Python from 3.11 up, with the oldest and the newest allowed versions (ONLY="--oldest --python 3.11"; --newest)
	$(BIN)/python -m tests.matrix $(ONLY)

seeds: $(READY) ## Run the property tests with many seeds (SEEDS=50); what failed is told with its seed
	@failed=; for seed in $$(seq 1 $(SEEDS)); do \
		HYPOTHESIS_PROFILE=exploring $(BIN)/python -m pytest -n auto --dist worksteal -q -m drawn --hypothesis-seed=$$seed \
			|| failed="$$failed $$seed"; \
	done; test -z "$$failed" || { echo "Failed with the seeds$$failed"; exit 1; }

nightly: long ## The same, then what is drawn at random: new cases for property tests, hostile documents, the simulator
	HYPOTHESIS_PROFILE=exploring $(BIN)/python -m pytest -n auto --dist worksteal -q -m drawn
	$(MAKE) seeds
	$(BIN)/python -m tests.einvoice.hostile_run
	$(BIN)/python -m tests.simulator.schemathesis_run --cases 5000
	$(BIN)/python -m tests.webhooks.nightly

bulk-torture: $(READY) ## 5,000 documents, 5 % faults, 20 kills: nothing lost, nothing twice
	$(BIN)/python -m tests.bulk.torture --documents 5000 --kills 20

fleet-torture: $(READY) ## 20,000 documents, four workers on one PostgreSQL: killed, paused, cut off, its server restarted
	$(BIN)/python -m tests.fleet.torture --documents 20000 --restarts 6
	$(BIN)/python -m tests.fleet.uploads_torture --documents 2000

lock: $(READY) ## Pin what development needs again, from requirements-dev.in
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
		requirements-dev.in --output-file requirements-dev.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --no-strip-extras --universal --python-version 3.11 \
		benchmarks/requirements.in --output-file benchmarks/requirements.txt

build: $(READY) ## Build the wheel and the source archive
	$(BIN)/python -m build --no-isolation

clean: ## Remove the virtual environment and every cache
	rm -rf $(VENV) .bench .matrix dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
