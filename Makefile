# `make run` and `make test` are all one needs; `make help` lists the rest.
.DEFAULT_GOAL := help
PORT ?= 8000
BIN := .venv/bin
DEMONSTRATION := AMIRAL_DEMONSTRATION=1 AMIRAL_STATE_DIR=var/demonstration

.PHONY: help run test test-sqlite test-postgres check prove-field prove-field-short format messages lock clean

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

run: ## Set everything up and serve the living demonstration (PORT=8000).
	@scripts/setup run
	@$(DEMONSTRATION) AMIRAL_PUBLIC_URL=http://127.0.0.1:$(PORT) $(BIN)/amiral demo --serve --port $(PORT)

test: check ## Set everything up and run every check and test, on both databases, browser included.
	scripts/test-both

test-sqlite: ## The tests on SQLite alone, with the browser.
	@scripts/setup dev
	$(BIN)/pytest

test-postgres: ## The tests on PostgreSQL alone.
	@scripts/setup dev
	scripts/with-postgres $(BIN)/pytest -m "not browser"

check: ## Format, lint, types, architecture, translations, templates.
	@scripts/setup dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/amiral check --fail-level WARNING
	$(BIN)/amiral makemigrations --check --dry-run
	$(BIN)/python scripts/check_translations.py
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'src/*.html')
	$(BIN)/djhtml --check --tabwidth 2 $$(git ls-files 'src/*.html')

prove-field-short: ## Kill, cut, lose and repeat the field log's writes; under ten minutes, figures last.
	@scripts/setup prove
	@$(BIN)/python -m benchmarks.field short --again

prove-field: ## The same in full size, for hours; an interrupted run goes on where it was (docs/field-proof.md).
	@scripts/setup prove
	@nice $(BIN)/python -m benchmarks.field long

format: ## Put code and templates in shape.
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	-$(BIN)/djade --target-version 5.2 $$(git ls-files 'src/*.html')
	-$(BIN)/djhtml --tabwidth 2 $$(git ls-files 'src/*.html')

messages: ## Bring the French catalogues up to date with the code.
	$(BIN)/python scripts/check_translations.py --update

lock: ## Resolve the dependencies again and lock them with hashes.
	scripts/lock

clean: ## Remove the environment and the demonstration's data.
	rm -rf .venv node_modules var
