# Every path here is relative, so the clone may live anywhere, also below a folder with spaces.
SHELL := /bin/sh
RUN := .venv/bin/python
BENCHES := poll page growth freshness crowd import sockets exports pdf

.DEFAULT_GOAL := help
.PHONY: help install install-test run test lint lock bench $(addprefix bench-,$(BENCHES)) screens faults outages azure clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' Makefile

install: ## make .venv with what the application needs
	@sh scripts/install run

install-test: ## make .venv with what the tests need as well
	@sh scripts/install test

run: install ## start everything: databases, migrations, demo, web, worker, scheduler
	@$(RUN) -m compileall -q app workers migrations wsgi.py || true
	@$(RUN) -I app/embedded/system.py pango
	@exec $(RUN) -m app.cli up --with-parent

test: install-test ## run every check and every test
	@$(RUN) -I app/embedded/system.py pango chromium
	@$(MAKE) --no-print-directory lint
	@$(RUN) -m tests.older_server
	@exec $(RUN) -m pytest -n auto --dist loadgroup

lint: install-test ## style, types and the import contract
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@.venv/bin/lint-imports

bench: install-test ## run every benchmark
	@for name in $(BENCHES); do $(RUN) -m tests.bench.$$name || exit 1; done

$(addprefix bench-,$(BENCHES)): bench-%: install-test
	@exec $(RUN) -m tests.bench.$*

screens: install-test ## take screenshots of every page
	@exec $(RUN) -m tests.bench.screens

faults: install-test ## kill each process while it works, 200 times, and judge what came of it
	@exec $(RUN) -m tests.bench.faults

outages: install-test ## mail, webhooks and the store of files down, slow or answering nonsense
	@exec $(RUN) -m pytest -n 0 -m "slow or speed or long" -rP --show-capture=stdout tests/faults/test_outages.py tests/faults/test_missed_schedules.py

azure: install-test ## install azurite with npm and keep files of reports in it
	@npm ci --prefix tests/azurite --ignore-scripts --omit=optional --no-audit --no-fund
	@exec $(RUN) -m pytest tests/reports/test_storage.py

lock: install-test ## resolve the dependencies anew
	@sh scripts/lock

clean: ## remove what can be made again, never data
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache mediconnect.egg-info
