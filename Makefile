# `make demo` and `make test` set everything up by themselves; both need Python 3.11 or newer and pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
ROOMS := core services/judge services/filter cli

.PHONY: help demo test check unit integration faults format clean lock docs bench-curate bench-quality bench-dedup

help:
	@echo "make demo           install the light set, curate examples/, print where the report is"
	@echo "make test           install what the tests need; check, then run all tests"
	@echo "make check          format, lint, types, arrows between rooms, architecture tests"
	@echo "make unit           unit tests alone (offline, under a minute)"
	@echo "make faults         the long fault tests: hundreds of kills and resumes (10 minutes)"
	@echo "make format         format the code"
	@echo "make docs           write the generated tables into the READMEs"
	@echo "make bench-curate   time per stage and peak memory on a large file (DATA=FILE)"
	@echo "make bench-quality  recall and false positives on labelled data (DATA=FOLDER)"
	@echo "make bench-dedup    deduplication: time, memory and quality"
	@echo "make lock           write constraints.txt anew from the newest allowed versions"

$(VENV)/.light: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the light set into $(VENV) ..."
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.light
	@echo "installing what the tests need into $(VENV) ..."
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(VENV)/.light
	@$(BIN)/assay curate examples --out out/demo --db sqlite:///out/demo.db --overwrite
	@echo
	@echo "open $(CURDIR)/out/demo/report.html in a browser, or ask about one sample:"
	@echo "  $(BIN)/assay explain math-slip --db sqlite:///out/demo.db"

test: check unit integration

check: $(VENV)/.dev
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy $(ROOMS)
	@$(BIN)/mypy tests benchmarks
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest -q tests/architecture

unit: $(VENV)/.dev
	@$(BIN)/pytest -q -n 2 tests/unit

integration: $(VENV)/.dev
	@$(BIN)/pytest -q -n 2 tests/integration tests/e2e

faults: $(VENV)/.dev
	@$(BIN)/pytest -q -n 2 -m slow tests/integration tests/e2e

format: $(VENV)/.dev
	@$(BIN)/ruff format -q .
	@$(BIN)/ruff check -q --fix .

docs: $(VENV)/.dev
	@$(BIN)/python -m assay_filter.rules.listing

bench-curate: $(VENV)/.dev
	@$(BIN)/python benchmarks/curate.py $(DATA)

bench-quality: $(VENV)/.dev
	@$(BIN)/python benchmarks/quality.py $(DATA)

bench-dedup: $(VENV)/.dev
	@$(BIN)/python benchmarks/dedup.py $(DATA)

lock:
	@rm -rf $(VENV)-lock && $(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip install -q -e '.[dev]'
	@{ echo "# Versions that are tested together; written by \`make lock\`."; \
	   $(VENV)-lock/bin/python -m pip freeze --exclude-editable --exclude assay; } > constraints.txt
	@rm -rf $(VENV)-lock

clean:
	@rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
