# Everything lands in .venv and .cache; nothing of the machine is changed.
.DEFAULT_GOAL := help
.PHONY: help setup jars s3-jars demo test test-long test-faults test-wheel test-cluster test-airflow test-s3 test-bi test-page test-connect lint lint-workflows types format bench lock wheel release-notes clean

BIN := .venv/bin
INSTALLED := .venv/.installed
# Older than .venv/.installed means: resolve again, for the new environment's spark-submit.
READY := .cache/ivy/.ready
ACTIONLINT := .cache/actionlint-1.7.12
# Airflow needs another Spark client than this project.
AIRFLOW := .cache/airflow-venv
AIRFLOW_INSTALLED := $(AIRFLOW)/.installed
S3_READY := .cache/ivy/.s3-ready

# Interpreter that .venv is made with; empty: the first on the PATH that fits.
PYTHON ?=
# A file or folder of your own surveys for `make demo`.
SURVEYS ?=
# The survey date of those that have none.
SURVEY_DATE ?=
# The page that the demo writes.
DEMO_REPORT := demo/report.html
# Question, month and share of its answers that the demo turns into low ratings.
DEMO_EFFECT ?= check_in_service@2026-10:0.10
# How `make lock` writes its files.
PIN := --quiet --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --upgrade
# Tests that need more than this environment, or hours.
APART := faults or packaging or cluster or airflow or s3 or bi or browser
# The tests of the rooms that are given data frames and return data frames.
TRANSFORMATIONS := tests/bronze tests/silver tests/gold tests/quality tests/survey
# Files of the long tests to run; all of them without it.
LONG ?= tests
DEMO_WAREHOUSE := $(if $(SURVEYS),demo/warehouse-surveys,demo/warehouse)
DEMO_LANDING := $(if $(SURVEYS),$(SURVEYS),demo/landing)

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

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

$(S3_READY): $(READY) lakehouse/storage/s3_jars.py
	$(BIN)/python -m lakehouse.storage.install --s3
	@touch $@

s3-jars: $(S3_READY) ## the jars for a warehouse and landing places on s3a://

demo: $(READY) ## six made-up months from raw file to alert; SURVEYS=path takes your own files, SURVEY_DATE=day dates them
ifeq ($(SURVEYS),)
	$(BIN)/lakehouse generate --rows 5000 --months 6 --seed 7 --first-month 2026-05 \
		--effect "$(DEMO_EFFECT)" --faults 10 --out "$(DEMO_LANDING)"
endif
	$(BIN)/lakehouse run --warehouse "$(DEMO_WAREHOUSE)" --landing "$(DEMO_LANDING)" \
		--report "$(DEMO_REPORT)" $(if $(SURVEY_DATE),--survey-date "$(SURVEY_DATE)")
	@printf '%s\n' '' 'The page for the teams, to open in a browser:' '  $(DEMO_REPORT)' '' 'Where to look next:' \
		'  $(BIN)/lakehouse status --warehouse $(DEMO_WAREHOUSE)' \
		'  $(BIN)/lakehouse sql --warehouse $(DEMO_WAREHOUSE) "SELECT reasons, count(*) AS lines FROM silver.quarantine GROUP BY reasons"' \
		'' 'What the team would do next:' \
		'  $(BIN)/lakehouse alerts --warehouse $(DEMO_WAREHOUSE)' \
		'  $(BIN)/lakehouse alerts explain ID --warehouse $(DEMO_WAREHOUSE)' \
		'  $(BIN)/lakehouse alerts ack ID --note "who does what about it" --warehouse $(DEMO_WAREHOUSE)'

test: $(READY) ## all tests but the long ones
	$(BIN)/python -m pytest -m "not (long or $(APART))"

test-long: $(READY) ## end to end: the public survey file, when it lies beside the project, decisions, the tutorial
	$(BIN)/python -m pytest -m "long and not ($(APART))" $(LONG)

test-bi: $(READY) ## a metastore in Derby, and in PostgreSQL where its Debian package is installed; a Thrift server, its clients
	$(BIN)/python -m pytest -m bi tests/bi

test-faults: $(READY) ## every crash point, 100 random kills, every order of files, chosen sequences; for hours
	$(BIN)/python -m pytest -m faults -s

test-wheel: $(INSTALLED) ## wheel and sdist, each installed into an empty environment outside of the checkout, and run there
	$(BIN)/python -m pytest -m packaging

test-cluster: $(READY) ## stages and a whole run on a Spark standalone cluster, which the tests start and end
	$(BIN)/python -m pytest -m cluster tests/cluster

test-airflow: $(READY) $(AIRFLOW_INSTALLED) ## the DAGs in Airflow, and a run of one of them on such a cluster
	$(AIRFLOW)/bin/python -m pytest -m airflow --confcutdir=tests/airflow tests/airflow
	$(BIN)/python -m pytest -m airflow tests/cluster

$(AIRFLOW_INSTALLED): dags/requirements.lock | $(INSTALLED)
	$(BIN)/python -m venv --clear $(AIRFLOW)
	$(AIRFLOW)/bin/python -m pip install --disable-pip-version-check --quiet --require-hashes -r $<
	@touch $@

test-s3: $(S3_READY) ## a warehouse and landing places on an object store of this machine; for some minutes
	$(BIN)/python -m pytest -m s3

test-page: $(INSTALLED) ## the page of the report in Chromium; installs playwright-core and axe-core, needs Chromium and node
	cd tests/report && npm ci --ignore-scripts --no-audit --no-fund
	$(BIN)/python -m pytest -m browser

test-connect: $(READY) ## the transformations of the layers, as they are in a Spark Connect session
	LAKEHOUSE_TEST_CONNECT=1 $(BIN)/python -m pytest -m "not (no_spark or long or $(APART))" $(TRANSFORMATIONS)

lint: $(INSTALLED) ## style and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint-workflows: $(ACTIONLINT) ## GitHub's workflows, with actionlint; needs Go once
	$(ACTIONLINT) -color

$(ACTIONLINT):
	GOBIN="$(CURDIR)/.cache" go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
	mv .cache/actionlint $@

types: $(INSTALLED) ## mypy, strict
	$(BIN)/mypy

format: $(INSTALLED) ## mend what lint can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## measure against the bare Spark script
	$(BIN)/python -m bench

lock: $(INSTALLED) ## pin requirements.in and dags/requirements.in again, for every supported Python
	$(BIN)/uv pip compile $(PIN) requirements.in --output-file requirements.lock
	$(BIN)/uv pip compile $(PIN) dags/requirements.in --output-file dags/requirements.lock

wheel: $(INSTALLED) ## dist/: the sdist, and the wheel that is built from it
	rm -rf dist
	$(BIN)/uv build --quiet --no-build-isolation --offline --python $(BIN)/python --out-dir dist .

release-notes: ## the changelog's section of this version, or of VERSION
	@tools/release_notes "$(or $(VERSION),$(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' lakehouse/__init__.py))"

clean: ## remove the demo and what builds and checks leave; .venv and .cache stay
	rm -rf demo build dist ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .bench
	find . -name __pycache__ -not -path './.venv/*' -type d -prune -exec rm -rf {} +
