# abmicro: two commands for a new user, `make demo` and `make test`; `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := bin/python -m pip --disable-pip-version-check install --quiet
PIP := $(VENV)/$(INSTALL) -c constraints.txt
PYTEST = OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -q

# Tests start fast from what Python keeps: compiled modules, and asserts as pytest rewrites them. Two
# processes share the cores, so the arithmetic of each stays on one.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test external full slow lint format notebooks bench clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.user ## Run a real e-mail test end to end: verdict here, report in demo/report.html
	@mkdir -p demo
	@$(BIN)/abmicro demo hillstrom --force -o demo/report.html

test: $(VENV)/.developer lint ## Check style and types, then run the tests (two minutes)
	$(PYTEST) -m "not external and not slow" --dist loadfile

external: $(VENV)/.external ## Run the tests with other engines, in a browser and in Jupyter
	$(PYTEST) -m "external and not slow" --dist loadfile

full: PYTEST += --hypothesis-profile=full
full: test external ## Run every test but the simulations, and the laws on all their examples

slow: $(VENV)/.developer ## Run the simulations that hold the error rates
	$(PYTEST) -m slow

lint: $(VENV)/.developer ## Check style and types
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy --no-error-summary

format: $(VENV)/.developer ## Put the code into the house style
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

notebooks: $(VENV)/.developer ## Run the notebooks and keep what they print
	$(BIN)/jupyter execute --inplace --NotebookClient.record_timing=False notebooks/*.ipynb

bench: $(VENV)/.bench ## Measure against other tools and rewrite the tables in benchmarks/
	$(BIN)/python -m benchmarks

clean: ## Remove the environment and everything made here
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

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

# Some peers pin what abmicro's newest libraries are past: two run without their pins, one alone.
$(VENV)/.bench: $(VENV)/.developer
	@$(PIP) -e '.[bench]'
	@$(PIP) --no-deps bayesian-testing==0.10.0 gbstats==0.8.0
	@$(PYTHON) -m venv $(VENV)/spotify
	@$(VENV)/spotify/$(INSTALL) spotify-confidence
	@touch $@
