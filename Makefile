# anlan: `make run` needs only Python 3.11 or newer; everything else is installed into .venv.

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	if $$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$python; break; fi; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV ?= uv

# Containers often tell Python to write no bytecode. Then every process compiles the whole program
# again, and an instance, a command, a test run are many processes.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test check format bench faults fuzz fuzz-guided lock messages sbom audit clean

run: .venv/.ready fonts  ## start everything and print the address
	@$(BIN)/anlan run

test: .venv/.ready-dev browser  ## every test, browser tests included
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST)

check: .venv/.ready-dev  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.ready-dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: .venv/.ready-dev  ## one JSON object a line; ONLY=NAME runs one
	@$(BIN)/python -m bench $(ONLY)

ROUNDS ?= 13
SEED ?= 1

faults: .venv/.ready-dev  ## break the product under load: ROUNDS=100 SEED=1
	$(BIN)/python -m tests.faults --rounds $(ROUNDS) --seed $(SEED)

MINUTES ?= 10

fuzz: .venv/.ready-dev  ## odd input to every reader, then to every call: MINUTES=10 (each) SEED=1
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES) --seed $(SEED)

# Coverage-guided; atheris is in no lock but its own, for it is not to be had for every machine.
fuzz-guided: .venv/.ready-dev  ## libFuzzer on every reader: MINUTES=30 (all together) SEED=1 ONLY="photo mapping"
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(PIP) install --require-hashes --requirement requirements-fuzz.lock
	$(BIN)/python -m tests.fuzz.guided --minutes $(MINUTES) --seed $(SEED) --only "$(ONLY)"

# The exact versions with their hashes, good on Python 3.11 to 3.13, without naming a registry.
# Keeps the versions that still fit; `make lock UPGRADE=--upgrade` takes the newest.
lock:
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --python-version 3.11 \
		pyproject.toml --group build $(UPGRADE) --output-file requirements.lock
	$(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --python-version 3.11 \
		pyproject.toml --group build --group dev --all-extras $(UPGRADE) --constraint requirements.lock \
		--output-file requirements-dev.lock

messages: .venv/.ready-dev  ## take new texts into src/anlan/locale
	$(BIN)/python -m tests.house.messages

sbom: .venv/.ready-dev  ## what the product is made of, as CycloneDX JSON in build/
	@$(BIN)/python -m tests.house.bill

audit: .venv/.ready-dev  ## known vulnerabilities of what the lock pins; never green without an answer
	@$(BIN)/python -m tests.house.audit

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { \
		echo "anlan needs Python 3.11 or newer with its venv module (Debian: apt install python3-venv)," >&2; \
		echo "and found none. If it is elsewhere: make run PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "creating .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/.ready: requirements.lock pyproject.toml | .venv/bin/python
	@echo "installing what requirements.lock pins (a minute the first time)"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.ready-dev: requirements-dev.lock .venv/.ready
	@echo "installing what requirements-dev.lock pins"
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

# The monthly reports are printed in Chinese; as root on Debian the font is installed once.
.PHONY: fonts
fonts:
	@bash deploy/fonts.sh

.PHONY: browser
browser:
	@bash tests/browser/install.sh
