# Set-up, the run, the tests. A second call repeats no set-up.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
CORES ?= all
# For networks on a GPU: make setup ACCELERATOR=cuda (docs/gpu.md).
ACCELERATOR ?=
LOCKED := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
export PATH := $(CURDIR)/$(BIN):$(PATH)

ifneq ($(filter-out cuda,$(ACCELERATOR)),)
$(error ACCELERATOR is $(ACCELERATOR): there are locked packages for cuda only)
endif

.PHONY: figures test setup format lock clean

figures: setup
	snakemake --cores $(CORES) results/figures

test: setup
	sh envs/system_packages.sh envs/apt_test.txt || echo "The tests that need these packages will be skipped"
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow/rules
	pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --durations 20

# What was set up once for an accelerator is kept up to date.
setup: $(VENV)/.ready $(ACCELERATOR:%=$(VENV)/.ready-%) $(wildcard $(VENV)/.ready-*)

$(VENV)/.ready: envs/requirements.lock envs/data.lock envs/barolo.lock envs/uv.lock envs/apt.txt pyproject.toml
	@sh envs/check_folder.sh
	@echo "Setting up $(VENV) (minutes, the first time)"
	sh envs/system_packages.sh envs/apt.txt
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) envs/make_venv.py $(VENV)
	sh envs/install.sh $(BIN)/python envs/requirements.lock --compile
	sh envs/install.sh $(BIN)/python envs/data.lock --compile --no-deps
	sh envs/install.sh $(BIN)/python envs/barolo.lock --compile --no-deps --no-build-isolation
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.ready-%: envs/%.lock $(VENV)/.ready
	sh envs/install.sh $(BIN)/python $< --compile
	touch $@

format:
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow/rules

# The packages of pyproject.toml, and those that are installed apart from them.
lock:
	@command -v uv >/dev/null || { echo "Compiling the locks needs uv: pip install uv" >&2; exit 1; }
	cd envs && uv pip compile $(LOCKED) ../pyproject.toml --extra build --extra test --extra lint --output-file requirements.lock
	cd envs && uv pip compile $(LOCKED) uv.in --output-file uv.lock
	cd envs && uv pip compile $(LOCKED) --no-deps data.in --output-file data.lock
	cd envs && uv pip compile $(LOCKED) --no-deps barolo.in --output-file barolo.lock
	cd envs && uv pip compile $(LOCKED) autoprof.in --output-file autoprof.lock
	cd envs && uv pip compile $(LOCKED) cuda.in --constraint requirements.lock --output-file cuda.lock

clean:
	rm -rf results logs benchmarks .snakemake
