# Everything a person or a build machine runs. `make help` lists it.
# POSIX sh and GNU make; Python 3.11 or newer.

PYTHON ?= python3
PORT ?=
DATA ?= data
PYTEST_ARGS ?=
WORKERS ?= 2
CHAOS_ARGS ?=
FEED ?= 100000
MINUTES ?= 60
DOWN_S ?= 60

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet
CHROMIUM := /usr/bin/chromium
HAPROXY := /usr/sbin/haproxy

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test check format-check lint lengths types arrows dependencies audit advisories tests large feed-large websocket-conformance benchmark-peers time-proof chaos stalled redis-down job-kills failover soak format clean debian api-fuzz pictures chromium

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  make %-22s %s\n' "$$name" "$$text"; done

setup: $(VENV)/.installed ## make .venv and install what the server needs
	@:

run: setup ## start the server with everything embedded (PORT=, DATA=)
	@exec $(PY) server.py run --welcome --data "$(DATA)" $(if $(PORT),--port "$(PORT)")

test: $(VENV)/.installed-dev debian ## install what tests need, then check
	@$(MAKE) --no-print-directory check

check: format-check lint lengths types arrows dependencies advisories tests ## format, lint, lengths, types, import arrows, dependencies, tests

format-check: $(VENV)/.installed-dev
	$(PY) -m ruff format --check .

lint: $(VENV)/.installed-dev
	$(PY) -m ruff check .

lengths: $(VENV)/.installed-dev
	$(PY) tools/lengths.py

types: $(VENV)/.installed-dev
	$(PY) -m mypy

arrows: $(VENV)/.installed-dev
	$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()' --no-logo
	$(PY) tools/arrows.py

dependencies: $(VENV)/.installed-dev
	$(PY) tools/dependencies.py

audit: $(VENV)/.installed-dev ## ask a database of advisories about known holes (needs the network)
	$(PY) tools/audit.py

advisories: $(VENV)/.installed-dev
	$(PY) tools/audit.py --if-reachable

tests: $(VENV)/.installed-dev ## the tests alone (PYTEST_ARGS=, WORKERS= at once)
	$(PY) -m pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS) || \
	  $(PY) -m pytest --last-failed --last-failed-no-failures none $(PYTEST_ARGS)

large: $(VENV)/.installed-dev ## the tests of large sends, to 40,000 people
	LARGE_SEND=40000 $(PY) -m pytest tests/handlers/test_inbox_large.py

benchmark-peers: $(VENV)/.made ## what benchmarks compare with, from PyPI and npm; nchan is Debian's
	$(PYTHON) -m venv benchmarks/peers/.venv
	benchmarks/peers/.venv/bin/python -m pip --disable-pip-version-check install --quiet -r benchmarks/peers/requirements.txt
	cd benchmarks/peers/socketio && npm ci --no-audit --no-fund
	@command -v nginx >/dev/null || echo "nchan is missing: apt-get install nginx-light libnginx-mod-nchan"

pictures: $(VENV)/.installed-dev debian ## make the pictures of the README anew
	PICTURES=docs/images $(PY) -m pytest tests/browser/test_pictures.py tests/browser/test_console_looks.py::test_a_picture_of_a_set

api-fuzz: $(VENV)/.installed-dev ## odd requests to every route, answers held to /openapi.json
	API_FUZZ=1 $(PY) -m pytest tests/conformance/test_fuzz.py

websocket-conformance: $(VENV)/.installed-dev ## the cases of RFC 6455 and 7692 against the socket code
	$(PY) -m tests.conformance.websocket

time-proof: $(VENV)/.installed-dev ## firings around every clock change of every zone (ten minutes)
	@$(PIP) -r requirements-proof.txt
	$(PY) -m benchmarks.time_proof > docs/time-proof.new
	mv docs/time-proof.new docs/time-proof.md

chaos: $(VENV)/.installed-dev ## the long storm: everything dies, for 20 seeds (CHAOS_ARGS=)
	$(PY) -m tests.chaos.run $(CHAOS_ARGS)

stalled: $(VENV)/.installed-dev ## one stalled reader of 1,000 under 100 MB of traffic
	STALLED_READERS=1000 STALLED_MB=100 $(PY) -m pytest -s tests/chaos/test_stalled.py

redis-down: $(VENV)/.installed-dev ## a minute without Redis under sends, reads and deletes (DOWN_S=)
	REDIS_DOWN_S=$(DOWN_S) $(PY) -m pytest -s tests/journeys/test_live_proofs.py::test_redis_in_every_kind_of_trouble

job-kills: $(VENV)/.installed-dev ## schedulers killed again and again, with thousands of sends (JOB_KILLS=)
	JOB_KILLS=$(or $(JOB_KILLS),3000) $(PY) -m pytest -s tests/jobs/test_kills.py

failover: $(VENV)/.installed-dev debian ## 200 clients through a rolling restart and a failover of Redis
	MACHINES_CLIENTS=200 $(PY) -m pytest -s tests/chaos/test_machines.py

soak: $(VENV)/.installed-dev ## an hour of the same work: nothing may grow (MINUTES=)
	SOAK_MINUTES=$(MINUTES) $(PY) -m pytest -s tests/chaos/test_soak.py

feed-large: $(VENV)/.installed-dev ## read a mailbox of 100,000 changes on each of the four ways (FEED=)
	FEED_LARGE=$(FEED) $(PY) -m pytest -s tests/journeys/test_catching_up.py

format: $(VENV)/.installed-dev ## rewrite the sources in the one format
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

clean: ## remove .venv and caches; data stays
	rm -rf $(VENV) .ruff_cache .mypy_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian splits venv: without python3-venv `python3 -m venv` fails late and leaves half a folder.
$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; choose one with make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python cannot make virtual environments: apt-get install python3-venv" >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: requirements.txt requirements-embedded.txt | $(VENV)/.made
	@echo "Installing into $(VENV) (about a minute, once)"
	@$(PIP) -r requirements.txt -r requirements-embedded.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements-tracing.txt $(VENV)/.installed
	@echo "Installing what the tests need (about a minute, once)"
	@$(PIP) -r requirements.txt -r requirements-embedded.txt -r requirements-tracing.txt -r requirements-dev.txt
	@touch $@

debian:
	@if [ -x $(CHROMIUM) ] && [ -x $(HAPROXY) ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium haproxy; \
	else \
		echo "The tests need a browser and a proxy: apt-get install chromium haproxy" >&2; exit 1; \
	fi
