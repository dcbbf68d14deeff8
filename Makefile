# abmicro: two commands for a new user, `make demo` and `make test`; `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := bin/python -m pip --disable-pip-version-check install --quiet
PIP := $(VENV)/$(INSTALL) -c constraints.txt
# Only the files that hold such tests are read: the others would take seconds to collect.
marked = $$(grep -rlE 'mark\.($(1))\b' tests --include='test_*.py')
PYTEST = OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -q

# Old libraries warn of what newer ones beside them deprecate, need more memory, and word the faults of
# workbooks in another way.
OF_VERSIONS = -n 2 -q --dist loadfile -p no:cacheprovider -m "not external and not slow" \
	-W ignore::DeprecationWarning -W ignore::PendingDeprecationWarning
TOOLS = $$(grep -E '^(pytest|pytest-xdist|hypothesis|jsonschema)==' constraints.txt)
PYTHON313 ?= python3.13 $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python3.13)
THERE313 = $$(for one in $(PYTHON313); do $$one -c '' 2>/dev/null && echo $$one && break; done)

# Tests start fast from what Python keeps: compiled modules, and asserts as pytest rewrites them. Two
# processes share the cores, so the arithmetic of each stays on one.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test journeys external full slow versions lint format notebooks docs bench clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.user ## Run a real e-mail test end to end: verdict here, report in demo/report.html
	@mkdir -p demo
	@$(BIN)/abmicro demo hillstrom --force -o demo/report.html

test: $(VENV)/.developer lint ## Check style and types, then run the tests of every piece (two minutes)
	$(PYTEST) -m "not journey and not external and not slow" --dist loadfile

journeys: $(VENV)/.developer ## Run the journeys from a user's files to what they get
	$(PYTEST) -m "journey and not external and not slow" --dist loadfile $(call marked,journey)

external: $(VENV)/.external ## Run the journeys, and the tests with other engines, in a browser, in Jupyter
	$(PYTEST) -m "(journey or external) and not slow" --dist loadfile $(call marked,journey|external)

full: PYTEST += --hypothesis-profile=full
full: test external slow ## Run every test, and the laws on all their examples

slow: $(VENV)/.developer ## Run the simulations that hold the error rates, and files against a second reader
	$(PYTEST) -m slow $(call marked,slow)

versions: $(VENV)/.lowest $(VENV)/.newest ## Run with the lowest versions, with Python 3.13, from the wheel
	CI= OPENBLAS_NUM_THREADS=1 $(VENV)/lowest/bin/python -m pytest $(OF_VERSIONS) tests/sources tests/counts \
		-k "not beyond_its_memory and not no_workbook and not laws and not oracle and not fuzz" \
		tests/cli/test_commands.py tests/cli/test_written_files.py
	@! test -x $(VENV)/newest/bin/python || CI= OPENBLAS_NUM_THREADS=1 \
		$(VENV)/newest/bin/python -m pytest $(OF_VERSIONS) tests/experiment tests/counts tests/cli/test_commands.py
	.ci/wheel $(VENV)/wheel $(PYTHON) $(THERE313)

lint: $(VENV)/.developer ## Check style and types
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary

format: $(VENV)/.developer ## Put the code into the house style
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

notebooks: $(VENV)/.developer ## Run the notebooks and keep what they print
	$(BIN)/jupyter execute --inplace --NotebookClient.record_timing=False notebooks/*.ipynb

docs: $(VENV)/.docs ## Build the documentation site in docs/_build, offline; a warning is an error
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build

bench: $(VENV)/.bench ## Measure against other tools and rewrite the tables in benchmarks/
	$(BIN)/python -m benchmarks

clean: ## Remove the environment and everything made here
	rm -rf $(VENV) demo docs/_build docs/jupyter_execute docs/*/made .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "abmicro needs Python 3.11 or newer; try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.user: $(BIN)/python pyproject.toml constraints.txt
	@echo "setting up $(VENV) (once, about a minute)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.developer: $(BIN)/python pyproject.toml constraints.txt
	@echo "setting up $(VENV) with the test tools (once, about three minutes)"
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.user

# Emulations of Snowflake and BigQuery pin what abmicro is past, hence environments of their own.
$(VENV)/.external: $(VENV)/.developer
	@echo "setting up emulations of Snowflake and BigQuery (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)/snowflake
	@$(VENV)/snowflake/$(INSTALL) fakesnow==0.12.0 snowflake-connector-python==4.8.1
	@$(PYTHON) -m venv $(VENV)/bigquery
	@$(VENV)/bigquery/$(INSTALL) bqemulator==1.4.0 numpy==2.4.6
	@touch $@

# The lowest versions that pyproject.toml allows, and the next Python where the machine has it: CI's
# registries hold no interpreter, so nothing can be installed where there is none.
$(VENV)/.lowest: $(VENV)/.developer .ci/lowest.py
	@echo "setting up the lowest versions (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)/lowest
	@$(BIN)/python .ci/lowest.py frames >$(VENV)/lowest/constraints.txt
	@$(VENV)/lowest/$(INSTALL) -c $(VENV)/lowest/constraints.txt -e '.[frames]' $(TOOLS)
	@touch $@

$(VENV)/.newest: $(VENV)/.developer
	@newest=$(THERE313); if test -z "$$newest"; then echo "no Python 3.13 here: its leg is left out"; else \
		echo "setting up Python 3.13 (once, about a minute)"; \
		$$newest -m venv $(VENV)/newest && \
		$(VENV)/newest/$(INSTALL) -c constraints.txt -e '.[frames]' $(TOOLS); fi
	@touch $@

$(VENV)/.docs: $(VENV)/.developer
	@$(PIP) -e '.[docs]'
	@touch $@

# Some peers pin what abmicro's newest libraries are past: two run without their pins, one alone.
$(VENV)/.bench: $(VENV)/.developer
	@$(PIP) -e '.[bench]'
	@$(PIP) --no-deps bayesian-testing==0.10.0 gbstats==0.8.0
	@$(PYTHON) -m venv $(VENV)/spotify
	@$(VENV)/spotify/$(INSTALL) spotify-confidence
	@touch $@
