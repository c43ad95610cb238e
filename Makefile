# Set-up, the run, the tests. A second call repeats no set-up.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
CORES ?= all
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: figures test setup format lock clean

figures: setup
	snakemake --cores $(CORES) results/figures

test: setup
	sh envs/system_packages.sh envs/apt_test.txt || echo "The tests that need these packages will be skipped"
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow/rules
	pytest --numprocesses auto --dist loadfile tests/unit
	pytest tests/integration

setup: $(VENV)/.ready

$(VENV)/.ready: envs/requirements.lock envs/data.lock envs/barolo.lock envs/apt.txt pyproject.toml
	@echo "Setting up $(VENV) (minutes, the first time)"
	sh envs/system_packages.sh envs/apt.txt
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) envs/make_venv.py $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement envs/requirements.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement envs/data.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --no-build-isolation --requirement envs/barolo.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

format:
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow/rules

lock:
	@command -v uv >/dev/null || { echo "Compiling the locks needs uv (only this target does)" >&2; exit 1; }
	cd envs && set -e && for name in requirements data barolo autoprof; do \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links $$(case $$name in data | barolo) echo --no-deps ;; esac) \
	    $$name.in --output-file $$name.lock; done

clean:
	rm -rf results logs benchmarks .snakemake
