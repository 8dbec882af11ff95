# make sandbox   try it: a local Slack in your browser, sample documents, the real bot and model
# make run       the same bot in your own Slack workspace (two tokens in .env; see README.md)
# make test      everything that must hold: lint, types, tests
#
# Each does all its own set-up. What takes long (a compiled wheel, the model files) is kept outside the
# checkout and taken up again where Ctrl-C left it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# where the compiled llama-cpp-python is kept between checkouts
CACHE ?= $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/footnote
PORT ?= 8700

.PHONY: help install install-tune sandbox run test lint types pytest models test-models constraints clean
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -4

# --- what is installed -------------------------------------------------------------------------------------

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints/runtime.txt constraints/llama.txt .ci/install
	@PYTHON='$(PYTHON)' VENV='$(VENV)' CACHE='$(CACHE)' sh .ci/install constraints/runtime.txt
	@touch $@

$(VENV)/installed-for-tests: $(VENV)/installed constraints/test.txt
	@PYTHON='$(PYTHON)' VENV='$(VENV)' CACHE='$(CACHE)' sh .ci/install constraints/test.txt
	@touch $@

# what `footnote tune train` and `footnote tune export` need on top: torch is large, so it is no part of `install`
install-tune: $(VENV)/installed-for-tuning

$(VENV)/installed-for-tuning: $(VENV)/installed constraints/tune.txt
	@PYTHON='$(PYTHON)' VENV='$(VENV)' CACHE='$(CACHE)' sh .ci/install constraints/tune.txt
	@touch $@

models: install
	@$(BIN)/footnote models pull

# --- what is run -------------------------------------------------------------------------------------------

sandbox: models
	@$(BIN)/footnote sandbox --port $(PORT)

run: models
	@$(BIN)/footnote run

# --- what is checked ---------------------------------------------------------------------------------------

test: lint types pytest

lint: $(VENV)/installed-for-tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/installed-for-tests
	@$(BIN)/mypy

test-models: install
	@$(BIN)/footnote models pull --for-tests

pytest: $(VENV)/installed-for-tests test-models
	@$(BIN)/python -m pytest

# --- for maintainers ---------------------------------------------------------------------------------------

# Exact versions with the hashes of all their files, and no addresses: pip takes them from wherever it is set up to.
# openvino runs without openvino-telemetry, and Footnote reports to nobody.
constraints:
	@$(BIN)/python -m pip install -q uv
	@for set in runtime "tune --extra tune" "test --extra tune --group dev"; do set -- $$set; name=$$1; shift; \
	  $(BIN)/uv pip compile pyproject.toml $$@ --universal --python-version 3.11 --generate-hashes --upgrade --override constraints/no-torch.in \
	    --no-header --no-annotate --no-emit-package llama-cpp-python --no-emit-package setuptools --no-emit-package openvino-telemetry \
	    -o constraints/$$name.txt -q; done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
