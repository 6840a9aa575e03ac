# `make` lists what there is. Every target does the set-up that it needs.

PYTHON ?= python3
PORT ?= 8000
PYTEST_WORKERS ?= 2
FUZZ ?= tests/test_story_machine.py
ARGS ?=

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTEST = $(BIN)/pytest -n $(PYTEST_WORKERS) $(ARGS)
ON_POSTGRES := $(BIN)/python tests/on_postgres.py
STATIC := var/static/staticfiles.json
STATIC_SOURCES := $(shell find articles reviews publishing cms static -path '*static/*' -type f 2>/dev/null)

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

.PHONY: help
help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: .venv/.test-stamp  ## Make .venv with everything for running, checking and testing
	@echo "Ready: $(MANAGE) …"

.PHONY: demo
demo: port-is-free .venv/.base-stamp $(STATIC)  ## Serve the demo library on http://127.0.0.1:8000 (PORT=…) until Ctrl-C
	@$(DEMO) $(MANAGE) migrate --verbosity 0
	@$(DEMO) $(MANAGE) load_demo
	@echo "Serving on http://127.0.0.1:$(PORT)/ until Ctrl-C"
	@trap 'kill $$worker 2>/dev/null' EXIT; trap 'exit 0' INT TERM; \
		$(DEMO) $(MANAGE) worker & worker=$$!; \
		$(DEMO) $(BIN)/gunicorn cms.wsgi --bind 127.0.0.1:$(PORT) --workers 2 --threads 4 \
		--log-level warning --no-control-socket

.PHONY: check
check: .venv/.test-stamp  ## Style, types, layers, migrations and deployment settings
	@echo "== ruff check: likely mistakes" && $(BIN)/ruff check
	@echo "== ruff format: style" && $(BIN)/ruff format --check
	@echo "== mypy: types" && $(BIN)/mypy
	@echo "== import-linter: imports point one way" && $(BIN)/lint-imports --no-logo
	@echo "== makemigrations: models and migrations agree" && \
		$(PRODUCTION) $(MANAGE) makemigrations --check --dry-run
	@echo "== check --deploy: settings fit for production" && \
		$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	@echo "== bash -n: scripts" && bash -n .ci/run

.PHONY: test
test: .venv/.test-stamp  ## The suite on SQLite, then on PostgreSQL (ARGS="-k story")
	@if $(ON_POSTGRES) --find; then \
		$(TEST_SQLITE) && exec $(TEST_POSTGRES); \
	elif [ "$$CI" = true ]; then \
		echo "With CI=true the suite must run on PostgreSQL too." >&2; exit 1; \
	else \
		echo "The suite runs on SQLite only."; $(TEST_SQLITE); \
	fi

.PHONY: test-sqlite
test-sqlite: .venv/.test-stamp  ## The suite on SQLite
	@$(TEST_SQLITE)

.PHONY: test-postgres
test-postgres: .venv/.test-stamp  ## The suite on a throwaway PostgreSQL
	@exec $(TEST_POSTGRES)

.PHONY: e2e
e2e: .venv/.test-stamp  ## The tests in a browser alone, on SQLite (needs Chromium)
	@$(E2E) tests/e2e

.PHONY: screenshots
screenshots: .venv/.test-stamp  ## Every page, wide and narrow, into var/screenshots
	@export SCREENSHOTS=1; $(E2E) tests/e2e/test_layout.py
	@echo "They are in var/screenshots."

.PHONY: fuzz
fuzz: .venv/.test-stamp  ## Random actions for long, to find a broken promise (FUZZ=file)
	@HYPOTHESIS_PROFILE=heavy $(BIN)/pytest $(FUZZ) $(ARGS)

.PHONY: clean
clean:  ## Remove .venv and caches; var/ with its database stays
	@rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . \( -name .git -o -name var \) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- below: how it is done

TEST_SQLITE = (unset DATABASE_URL; exec $(PYTEST))
TEST_POSTGRES = $(ON_POSTGRES) $(PYTEST)
E2E = unset DATABASE_URL; $(PYTEST) -m browser

DEMO = SITE_URL=http://127.0.0.1:$(PORT) ALLOWED_HOSTS=127.0.0.1,localhost

# No database is asked, and no file of this machine matters.
PRODUCTION = SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') DEBUG=false \
	ALLOWED_HOSTS=example.org SITE_URL=https://example.org SITE_ROLE=all DATABASE_URL=sqlite://:memory:

$(STATIC): .venv/.base-stamp $(STATIC_SOURCES)
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@touch $@

.venv/.test-stamp: requirements/test.txt .venv/.base-stamp
	@echo "Installing requirements/test.txt"
	@$(PIP) install -r requirements/test.txt
	@touch $@

.venv/.base-stamp: requirements/base.txt $(BIN)/python
	@echo "Installing requirements/base.txt"
	@$(PIP) install -r requirements/base.txt
	@mkdir -p var
	@touch $@

$(BIN)/python:
	@$(REQUIRE_PYTHON)
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; exit 1; }

.PHONY: port-is-free
port-is-free:
	@$(REQUIRE_PYTHON)
	@$(PYTHON) -c "$$PORT_IS_FREE" "$(PORT)"

REQUIRE_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "Python 3.11 or newer is needed, and $(PYTHON) is" \
		"$$($(PYTHON) --version 2>/dev/null || echo not there). Name another one: make PYTHON=python3.13 …" >&2; exit 1; }

define PORT_IS_FREE
import socket, sys
try:
    port = int(sys.argv[1])
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
except (ValueError, OverflowError):
    sys.exit(f"PORT={sys.argv[1]} is not a port number.")
except OSError as error:
    sys.exit(f"Port {port} cannot be used ({error.strerror}). Choose another one: make demo PORT={port + 1}")
endef
export PORT_IS_FREE
