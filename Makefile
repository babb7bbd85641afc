# Two commands do it all on a fresh Debian 12: `make run` and `make test`.
# A GPU build: `make run CMAKE_ARGS=-DGGML_CUDA=on` (or -DGGML_VULKAN=on; Metal is on by itself on a Mac).

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p))))
VENV := .venv
BIN := $(VENV)/bin
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell nproc 2>/dev/null || echo 2)
export HF_HUB_OFFLINE = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test check lint types imports setup weights bench screenshots clean

run: weights
	$(BIN)/python -m app $(ARGS)

test: weights $(VENV)/.dev
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest $(ARGS)

check: lint types imports test

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

# What the system must have; as root it is installed, else the line to paste is printed.
$(VENV)/.system: installer/debian-packages.txt installer/system-libraries.sh
	sh installer/system-libraries.sh
	@mkdir -p $(VENV) && touch $@

# Compiles llama.cpp once. torch comes first, so that nothing draws in another build of it.
# setuptools warns of editable installs; that warning is for packagers.
$(VENV)/.runtime: pyproject.toml constraints.txt | $(VENV)/.system
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade -c constraints.txt pip setuptools wheel
	$(BIN)/python -m pip install -q -c constraints.txt "$$(grep -i '^torch==' constraints.txt)"
	@echo "Compiling llama.cpp; this takes some minutes, once."
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $@

setup: $(VENV)/.dev weights

# Default models: fetched, verified and made fast once.
weights: $(VENV)/.runtime
	@$(BIN)/python -m app.services.default_models

bench: weights $(VENV)/.dev
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/retrieval.py
	$(BIN)/python benchmarks/window.py

screenshots: weights $(VENV)/.dev
	QT_QPA_PLATFORM=offscreen $(BIN)/python docs/make_screenshots.py

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
