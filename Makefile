# Two commands do it all on a fresh Debian 12: `make run` and `make test`.
# A GPU build: `make run CMAKE_ARGS=-DGGML_CUDA=on` (or -DGGML_VULKAN=on; Metal is on by itself on a Mac).

PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell command -v $(p))))
VENV := .venv
BIN := $(VENV)/bin
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell nproc 2>/dev/null || echo 2)
export HF_HUB_OFFLINE = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test check lint types imports setup weights bench screenshots package test-package rpc clean FORCE

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

# A package for Debian 12 in dist/, from an environment of its own: Debian's Python, a llama.cpp that
# picks the kernels of the processor it finds, and no torch. See installer/README.md.
PACK := build/package
PACKAGE_PYTHON ?= /usr/bin/python3.11
PACKAGE_CMAKE_ARGS ?= -DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON -DGGML_RPC=ON
DEB_COMPRESSION ?= xz
PACKAGE_LLAMA = $(shell grep -i '^llama.cpp.python==' constraints.txt)
PACKED := $(PACK)/venv/bin/python

# Changes when another llama.cpp is wanted, and only then: compiling takes long.
$(PACK)/llama.wanted: FORCE
	@mkdir -p $(PACK)
	@echo '$(PACKAGE_LLAMA) $(PACKAGE_CMAKE_ARGS)' | cmp -s - $@ || \
		echo '$(PACKAGE_LLAMA) $(PACKAGE_CMAKE_ARGS)' > $@

$(PACK)/.llama: $(PACK)/llama.wanted | $(VENV)/.system
	test -x $(PACKED) || $(PACKAGE_PYTHON) -m venv $(PACK)/venv
	$(PACKED) -m pip install -q --upgrade -c constraints.txt pip setuptools wheel
	@echo "Compiling llama.cpp for any processor; this takes a quarter of an hour, once."
	rm -rf $(PACK)/wheels
	CMAKE_ARGS="$(PACKAGE_CMAKE_ARGS)" $(PACKED) -m pip wheel -q --no-cache-dir --no-deps \
		--no-binary llama-cpp-python -c constraints.txt -w $(PACK)/wheels llama-cpp-python
	@touch $@

$(PACK)/.ready: pyproject.toml constraints.txt installer/requirements.txt installer/requirements.py \
		$(PACK)/.llama
	$(PACKED) installer/requirements.py > $(PACK)/requirements.txt
	$(PACKED) -m pip install -q -c constraints.txt -r installer/requirements.txt -r $(PACK)/requirements.txt
	$(PACKED) -m pip install -q --force-reinstall --no-deps $(PACK)/wheels/*.whl
	PYTHONWARNINGS=ignore $(PACKED) -m pip install -q --no-deps -e .
# llama-cpp-python installs the kernels as if they were programs; they belong beside the library.
	cd $(PACK)/venv/lib/python3*/site-packages && cp bin/libggml-*.so llama_cpp/lib/
	@touch $@

package: $(PACK)/.ready
	@$(PACKED) -m app.services.default_models
	$(PACKED) -m PyInstaller --noconfirm --log-level WARN --distpath $(PACK)/dist \
		--workpath $(PACK)/work installer/loam.spec
	$(PACKED) installer/make_deb.py $(PACK)/dist/loam dist --compression $(DEB_COMPRESSION)

# So that other machines can help (llama.cpp's rpc-server): its plug-in beside llama.cpp.
rpc: $(VENV)/.runtime
	sh installer/build_rpc.sh $(BIN)/python

# As root: its files by the tools that know them, kernels of older processors on an emulated one, then
# the package in a clean Debian 12, without a network. Takes minutes. With OLDER=PACKAGE.deb the
# upgrade from another package as well; CHROOT=FOLDER keeps the clean system elsewhere.
CHROOT ?= $(PACK)/chroot
PACKAGE = $(firstword $(wildcard dist/loam_*_amd64.deb))
test-package:
	sh installer/try_files.sh $(PACKAGE) $(PACKED)
	sh installer/try_in_chroot.sh $(PACKAGE) $(CHROOT) $(OLDER)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
