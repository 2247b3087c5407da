# The commands of this project; `make` or `make help` lists them. Each sets up what it needs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/.setup-done
SPARK_STAMP := .venv/.spark-done
SQL_FOLDERS = $(wildcard dbt_project/models dbt_project/tests tests)
# what the tests use to look at forms and reports as a person would, what runs Spark, and the server of a team's history
TEST_PACKAGES ?= chromium fonts-ipaexfont libreoffice-calc libreoffice-writer openjdk-17-jre-headless poppler-utils postgresql
PYTEST_ARGS ?=
PYTEST_WORKERS ?= auto
LOCK_ARGS ?=
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --python-version 3.11 --generate-hashes --only-binary :all: \
	--no-strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(LOCK_ARGS)
# Python run here would take it for the installed version.
LEFT_BY_BUILDS := kyogikai.egg-info
CHECKS := check-format check-lint check-types check-sql check-generated check-dependencies

# Nothing that we start reports home.
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Every process that loads dbt, Dagster or Great Expectations takes twice as long where Python may not keep what it compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup spark demo test check $(CHECKS) fix docs bench mutate fuzz faults scores audit ui lock wheel clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## install the locked packages and the kyogikai command into .venv

$(STAMP): requirements.txt pyproject.toml
	@[[ "$$($(PYTHON) -c 'import sys; print(*sys.version_info[:2], sep=".")')" == 3.11 ]] || \
		{ echo "error: Python 3.11 is needed; name it: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "setting up .venv (about a minute the first time)"
	@[[ -x $(BIN)/python ]] || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --no-compile --require-hashes --only-binary :all: -r requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@rm -rf $(LEFT_BY_BUILDS)
	@touch $@

spark: $(SPARK_STAMP) ## add Spark to .venv, for `kyogikai run YEAR --engine spark`; it needs Java 17 or 21

# PySpark comes as source alone, of which nothing is compiled; what builds the package is locked too.
$(SPARK_STAMP): requirements-spark.txt $(STAMP)
	@echo "adding Spark to .venv (about a minute the first time: it has 450 MB)"
	@$(BIN)/python -m pip install --quiet --no-compile --require-hashes --no-deps --no-build-isolation \
		--only-binary :all: --no-binary pyspark -r requirements-spark.txt
	@touch $@

demo: $(STAMP) ## make the demo returns of three years, run and release each, say where to look
	@$(BIN)/python -m pipeline.demo_run

test: $(SPARK_STAMP) ## run all tests on every core; PYTEST_ARGS="-k word" picks some
	@.ci/debian-packages $(TEST_PACKAGES)
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: $(STAMP) ## check format, lint, types, SQL and generated files; changes nothing
	@failed=0; \
	for name in $(CHECKS); do \
		echo "== $$name"; \
		$(MAKE) $$name || failed=$$((failed + 1)); \
	done; \
	echo "check: $$(($(words $(CHECKS)) - failed)) passed, $$failed failed"; \
	[[ $$failed -eq 0 ]] || { echo "next: make fix, then make check" >&2; exit 1; }

check-format: $(STAMP)
	@$(BIN)/ruff format --check .

check-lint: $(STAMP)
	@$(BIN)/ruff check .

check-types: $(SPARK_STAMP)
	@$(BIN)/mypy

check-sql: $(STAMP)
	@$(BIN)/sqlfluff lint --disable-progress-bar $(SQL_FOLDERS)

check-generated: $(SPARK_STAMP)
	@$(BIN)/python -m schemas.json_schema --check
	@$(BIN)/kyogikai questionnaire marts --check
	@$(BIN)/python -m docs.generate --check

check-dependencies: $(SPARK_STAMP)
	@$(BIN)/python -m tests.dependencies

fix: $(SPARK_STAMP) ## correct what the checks can correct and renew the generated files
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@$(BIN)/kyogikai questionnaire marts
	@$(BIN)/sqlfluff fix --quiet --disable-progress-bar $(SQL_FOLDERS) || true
	@$(BIN)/python -m schemas.json_schema
	@$(BIN)/python -m docs.generate

docs: $(STAMP) ## build the documentation into build/docs and run every example in it
	@$(BIN)/mkdocs build --quiet --strict --clean --config-file docs/mkdocs.yml
	@$(BIN)/python -m docs.dbt_site
	@$(BIN)/python -m docs.examples
	@echo "open build/docs/index.html"

bench: $(STAMP) ## measure time and memory against the limits, 17,410 returns among them; YEARS=1 makes a tenth
	@.ci/debian-packages $(TEST_PACKAGES)
	@$(BIN)/python -m tests.benchmarks $(or $(YEARS),10)

audit: $(SPARK_STAMP) ## known vulnerabilities, licences and hashes of what is locked; says so where nobody could be asked
	@$(BIN)/python -m tests.dependencies --vulnerabilities

ui: $(STAMP) ## open Dagster's pages on http://127.0.0.1:3000
	@$(BIN)/python -m pipeline.orchestration.ui --with-daemon

scores: $(STAMP) ## precision and recall of `kyogikai reconcile` on 45 printed documents
	@.ci/debian-packages $(TEST_PACKAGES)
	@$(BIN)/python -m tests.reconcile_scores

mutate: $(STAMP) ## what share of slips of hand the rules see; SCALE=0.1 makes a tenth of the plan's mutants
	@$(BIN)/python -m tests.mutation $(or $(SCALE),1)

fuzz: $(STAMP) ## put 10,000 damaged files into the inbox and see that none crashes, hangs or is misread; SCALE=0.05 makes fewer
	@.ci/debian-packages $(TEST_PACKAGES)
	@$(BIN)/python -m tests.fuzz $(or $(SCALE),1)

faults: $(STAMP) ## kill runs and releases 260 times and see that nothing is lost and the end is the same; SCALE=0.1 kills less often
	@$(BIN)/python -m tests.faults $(or $(SCALE),1)

lock: $(STAMP) ## renew requirements*.txt from pyproject.toml; LOCK_ARGS=--upgrade takes newer versions
	@$(LOCK) --extra dev --extra notebook --extra team --output-file requirements.txt
	@$(LOCK) --extra spark --output-file requirements-spark.txt --no-binary pyspark --constraints requirements.txt \
		$$(sed -n 's/^\([A-Za-z0-9._-]*\).*==.*/--no-emit-package \1/p' requirements.txt)

wheel: $(STAMP) ## build dist/kyogikai-VERSION-py3-none-any.whl, which pip installs with the product's own survey
	@rm -rf dist build/lib build/bdist.*
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build/lib build/bdist.* $(LEFT_BY_BUILDS)
	@ls dist/kyogikai-*.whl

clean: ## remove caches and builds; keeps .venv and data
	@rm -rf build dist site $(LEFT_BY_BUILDS) .mypy_cache .ruff_cache .pytest_cache .hypothesis dbt_project/target dbt_project/logs
	@find schemas pipeline docs tests -name __pycache__ -type d -prune -exec rm -rf {} +
