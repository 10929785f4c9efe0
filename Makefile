# make run    the main job on the sample papers, into demo/ (a window opens where there is a display)
# make test   lint and all tests
# Both first set up what they need: system libraries, the environment, the packages of the hashed lock.

VENV ?= .venv
# How many of the sample papers fall (0: all); the first ten show every format. OCR takes seconds a page.
PAPERS ?= 20
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && { echo $$p; break; }; done)
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps

.NOTPARALLEL:
.PHONY: run test lint clean prepare prepare-tests lock map

run: prepare $(VENV)/run.done
	installer/keychain-session $(BIN)/python -m app demo demo/ --papers $(PAPERS)

# A file stays on one core, for what its tests share is dear; tests/conftest.py says which begin first.
CORES := -n logical --dist loadfile --no-loadscope-reorder
# A short folder: the name of a socket may have 108 bytes, and a database of its own user must be able to walk in.
test: prepare-tests $(VENV)/test.done
	@lint=0; $(MAKE) --no-print-directory lint || lint=$$?; \
	tests=0; base=$$(mktemp -d "$${TMPDIR:-/tmp}/aj.XXXXXX"); \
	installer/keychain-session --private $(BIN)/python -m pytest -q $(CORES) --basetemp="$$base" || tests=$$?; \
	[ $$tests -ne 0 ] || rm -rf "$$base"; \
	[ $$tests -eq 0 ] || exit $$tests; exit $$lint

lint: $(VENV)/test.done
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-cache >$(VENV)/walls.txt 2>&1 || { cat $(VENV)/walls.txt; exit 1; }

prepare:
	@installer/prepare

prepare-tests:
	@installer/prepare test-packages.txt

$(VENV)/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer (below 3.15) is needed and was not found on PATH." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# A stamp is newer than its lock when the packages of the lock are in.
$(VENV)/run.done: requirements.lock | $(VENV)/bin/python
	$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/test.done: requirements-dev.lock requirements.lock | $(VENV)/bin/python
	$(INSTALL) -r requirements-dev.lock
	@touch $@ $(VENV)/run.done

# Needs uv; run after changing the dependencies in pyproject.toml. The locks name no index.
LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --no-emit-index-url --no-emit-find-links --extra hq
lock:
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev --extra bench -c requirements.lock -o requirements-dev.lock

# Draws the map in the README from the first lines of the modules.
map: | $(VENV)/bin/python
	$(BIN)/python installer/map.py

clean:
	rm -rf demo build .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
