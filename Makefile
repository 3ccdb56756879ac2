# Everything a person or CI runs. `make` alone lists it.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
# The machine's own npm if it has one, else the one that came with the locked dependencies.
NPM := PATH="$$PATH:$(CURDIR)/$(BIN)" npm
PYTEST := $(BIN)/python -m pytest
PARALLEL := -n auto --maxprocesses 4 --dist loadfile
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
           --generate-hashes --no-emit-index-url --no-header --quiet

# The functions whose first argument is a sentence for a person.
SENTENCES := --keyword message:1 --keyword _refuse:1 --keyword _limit:1 --keyword _fixed:1

.DEFAULT_GOAL := help
.PHONY: help demo run test test-fast test-long bench lint format lock images clean ready

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ready  ## Start a made-up municipality and print its address and logins
	$(BIN)/tsuzuri demo $(ARGS)

run: ready  ## Start the server
	$(BIN)/tsuzuri run $(ARGS)

test: lint node_modules/.package-lock.json  ## Run every check: style, types, import contracts, tests
	$(PYTEST) $(PARALLEL) -m "not long" $(ARGS)

test-fast: ready  ## Run the tests that need no server, browser or build
	$(PYTEST) $(PARALLEL) -m "not long and not postgresql and not browser and not wheel" $(ARGS)

test-long: ready node_modules/.package-lock.json  ## Run the tests that take minutes
	$(PYTEST) $(PARALLEL) -m long --timeout 1800 $(ARGS)

bench: ready  ## Measure; ARGS="--help" tells what
	$(BIN)/python -m bench $(ARGS)

lint: ready  ## Check style, types and import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: ready  ## Put the code in the house style
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

messages: ready  ## Bring the English catalogue up to date with the sentences in code and pages
	mkdir -p build
	$(BIN)/pybabel --quiet extract --mapping babel.cfg $(SENTENCES) --no-location --sort-output --output build/messages.pot .
	$(BIN)/pybabel --quiet update --input-file build/messages.pot --output-dir platform/tsuzuri/translations --locale en --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 0
	$(BIN)/python hatch_build.py

lock: ready  ## Lock the newest dependencies that pyproject.toml and package.json allow
	$(COMPILE) --upgrade --output-file requirements.lock >/dev/null
	$(COMPILE) --upgrade --group dev --output-file requirements-dev.lock >/dev/null
	$(NPM) update --package-lock-only --ignore-scripts --loglevel=error

images: ready  ## Take the README's pictures anew
	$(BIN)/python docs/make_images.py

clean:  ## Remove what building and testing made; .venv stays
	rm -rf build dist node_modules platform/tsuzuri/static/vendor
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find platform tests -name __pycache__ -prune -exec rm -rf {} +
	find platform -name '*.mo' -delete

# Brings the environment, the front-end libraries and the message catalogues up to date.
ready: .venv/.installed
	@$(BIN)/python hatch_build.py

.venv/.installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# What pages are checked with; the served libraries are hatch_build.py's.
node_modules/.package-lock.json: package-lock.json | .venv/.installed
	$(NPM) ci --ignore-scripts --loglevel=error
	touch $@
