# Everything one does with a checkout. `make run` and `make test` need nothing but Python >= 3.11 and its venv module.

.POSIX:
.PHONY: run test test-system check bench screenshots docs help clean
BIN = .venv/bin
# Twice as many as two cores: a test of a screen waits for half of its time.
WORKERS = 4

# A caller's environment changes neither the interpreter nor the screens nor which certificates are trusted.
CLEAN = unset PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONOPTIMIZE PYTHONWARNINGS PYTHONINSPECT PYTHONDONTWRITEBYTECODE \
	PYTHONUNBUFFERED PYTHONDEVMODE PYTHONSAFEPATH REQUESTS_CA_BUNDLE CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR \
	TEXTUAL TEXTUAL_LOG TEXTUAL_DRIVER TEXTUAL_THEME TEXTUAL_ANIMATIONS TEXTUAL_COLOR_SYSTEM TEXTUAL_FPS \
	PYTEST_ADDOPTS PYTEST_PLUGINS RUFF_CONFIG MYPYPATH MYPY_CACHE_DIR;

run: ## set up (once) and start the console in the sandbox
	@.ci/setup run
	@$(CLEAN) $(BIN)/python -m compileall -q -q console screens; $(BIN)/mail-console --sandbox

test: check ## set up (once), then lint, types, import contracts and tests
	@$(CLEAN) $(BIN)/python -m compileall -q -q console screens; $(BIN)/python -m pytest -n $(WORKERS) -m 'not system'

test-system: ## install PHPMailer and send through it, judge the systemd units (root and apt; changes this machine)
	@.ci/setup dev
	@$(CLEAN) $(BIN)/python -m pytest -m system -rs tests/system

check: ## lint, types and import contracts alone
	@.ci/setup dev
	@$(CLEAN) $(BIN)/ruff check
	@$(CLEAN) $(BIN)/ruff format --check
	@$(CLEAN) $(BIN)/mypy
	@$(CLEAN) $(BIN)/lint-imports

bench: ## measure against the goals; the table goes to docs/benchmarks.md
	@.ci/setup dev
	@$(CLEAN) $(BIN)/python -m compileall -q -q console screens; $(BIN)/python -m benchmarks

docs: ## write docs/command-line.md from the commands themselves
	@.ci/setup dev
	@$(CLEAN) $(BIN)/python -m console.cli.manual docs/command-line.md

screenshots: ## draw the pictures of README.md with the program itself
	@.ci/setup dev
	@$(CLEAN) $(BIN)/python -m benchmarks.screenshots docs/screenshots

help: ## this list
	@awk -F ' *## ' '/^[a-z]+:.*## /{sub(/:.*/, "", $$1); printf "make %-12s %s\n", $$1, $$2}' Makefile

clean: ## remove .venv, caches and what the sandbox left
	@rm -rf .venv .sandbox .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .grimp_cache .hypothesis build dist *.egg-info
	@find console screens tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
