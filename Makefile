# Everything lands in .venv and .cache; nothing of the machine is changed.
.DEFAULT_GOAL := help
.PHONY: help setup jars demo test test-long test-bi test-faults lint types format bench lock clean

BIN := .venv/bin
INSTALLED := .venv/.installed
# Older than .venv/.installed means: resolve again, for the new environment's spark-submit.
READY := .cache/ivy/.ready

# Interpreter that .venv is made with; empty: the first on the PATH that fits.
PYTHON ?=
# A file or folder of your own surveys for `make demo`.
SURVEYS ?=
# The survey date of those that have none.
SURVEY_DATE ?=
# Question, month and share of its answers that the demo turns into low ratings.
DEMO_EFFECT ?= check_in_service@2026-10:0.10
DEMO_WAREHOUSE := $(if $(SURVEYS),demo/warehouse-surveys,demo/warehouse)
DEMO_LANDING := $(if $(SURVEYS),$(SURVEYS),demo/landing)

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## .venv from the lock, the lakehouse command, the Delta jars; once

jars: $(READY) ## only the Delta jars, and the defaults that spark-submit reads

$(INSTALLED): requirements.lock setup.py
	@python=$$(PYTHON="$(PYTHON)" tools/check_machine) && "$$python" -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(READY): $(INSTALLED) lakehouse/storage/delta_jars.py lakehouse/storage/install.py
	$(BIN)/python -m lakehouse.storage.install
	@touch $@

demo: $(READY) ## six made-up months from raw file to alert; SURVEYS=path takes your own files, SURVEY_DATE=day dates them
ifeq ($(SURVEYS),)
	$(BIN)/lakehouse generate --rows 5000 --months 6 --seed 7 --first-month 2026-05 \
		--effect "$(DEMO_EFFECT)" --faults 10 --out "$(DEMO_LANDING)"
endif
	$(BIN)/lakehouse run --warehouse "$(DEMO_WAREHOUSE)" --landing "$(DEMO_LANDING)" \
		$(if $(SURVEY_DATE),--survey-date "$(SURVEY_DATE)")
	@printf '%s\n' '' 'Where to look next:' \
		'  $(BIN)/lakehouse status --warehouse $(DEMO_WAREHOUSE)' \
		'  $(BIN)/lakehouse sql --warehouse $(DEMO_WAREHOUSE) "SELECT reasons, count(*) AS lines FROM silver.quarantine GROUP BY reasons"' \
		'' 'What the team would do next:' \
		'  $(BIN)/lakehouse alerts --warehouse $(DEMO_WAREHOUSE)' \
		'  $(BIN)/lakehouse alerts explain ID --warehouse $(DEMO_WAREHOUSE)' \
		'  $(BIN)/lakehouse alerts ack ID --note "who does what about it" --warehouse $(DEMO_WAREHOUSE)'

test: $(READY) ## all tests but the long ones
	$(BIN)/python -m pytest -m "not long and not faults"

test-long: $(READY) ## end to end: the public survey file, when it lies beside the project, decisions, the tutorial
	$(BIN)/python -m pytest -m "long and not faults"

test-bi: $(READY) ## a metastore in Derby, and in PostgreSQL where its Debian package is installed; a Thrift server, its clients
	$(BIN)/python -m pytest -m bi tests/bi

test-faults: $(READY) ## every crash point, 100 random kills, every order of files, chosen sequences; for hours
	$(BIN)/python -m pytest -m faults -s

lint: $(INSTALLED) ## style and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED) ## mypy, strict
	$(BIN)/mypy

format: $(INSTALLED) ## mend what lint can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## measure against the bare Spark script
	$(BIN)/python -m bench

lock: $(INSTALLED) ## pin requirements.in again, for every supported Python
	$(BIN)/uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
		--no-header --no-annotate --upgrade requirements.in --output-file requirements.lock

clean: ## remove the demo and what builds and checks leave; .venv and .cache stay
	rm -rf demo build dist ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .bench
	find . -name __pycache__ -not -path './.venv/*' -type d -prune -exec rm -rf {} +
