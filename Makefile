# Every target does its own set-up; nothing outside of this directory and the cache is changed, but
# that Debian's python3-venv is installed when it is not there and we are root. `e2e` alone does
# more: it has Docker, images and a registry on this machine, and leaves them running.
.DEFAULT_GOAL := help
.PHONY: help setup demo test e2e lint golden bench bench-run bench-plugin bench-jobs bench-deploy clean
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
# Each worker starts a JVM of its own, so that more of them soon cost more than they give.
WORKERS ?= auto
MOST_WORKERS ?= 4

help:  ## Show this list
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*  ## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(STAMP)  ## Make the virtual environment

demo: $(STAMP)  ## Take the sample service from no pipeline to all of it
	@.ci/demo "$$PWD/$(BIN)/pipelinegen"

test: $(STAMP)  ## Lint, and the tests that need no daemon
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -m 'not e2e' -n $(WORKERS) --maxprocesses $(MOST_WORKERS)

e2e: $(STAMP)  ## The tests with real containers; installs and starts Docker where it can
	$(BIN)/python -m tests.lab.docker
	$(BIN)/python -m pytest -m e2e

lint: $(STAMP)  ## Style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict pipelinegen tests

golden: $(STAMP)  ## Write tests/golden anew; look at the diff
	$(BIN)/pipelinegen generate sample-service
	$(BIN)/pipelinegen graph --format svg sample-service > docs/sample-service.svg
	$(BIN)/python -m pytest -q tests/test_golden.py -k golden_ones --update-golden

bench: $(STAMP)  ## Compare the time it takes with that of its peers
	$(BIN)/python bench

bench-run: $(STAMP)  ## Compare `pipelinegen run` with the bare docker commands
	$(BIN)/python bench/run.py

bench-plugin: $(STAMP)  ## Measure what the pytest plugin costs those who do not use it
	$(BIN)/python bench/plugin.py

bench-deploy: $(STAMP)  ## Compare a deployment to 40 clusters with the time that helm takes
	$(BIN)/python bench/deploy.py

bench-jobs: $(STAMP)  ## Compare pushing 1,000 jobs with jenkins-jobs
	$(BIN)/python bench/jobs.py

clean:  ## Remove the virtual environment and everything that was built
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml .ci/venv
	@.ci/venv $(VENV)
	@touch $@
