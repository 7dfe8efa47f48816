# hftd: `make run` trades on the simulated venue, `make test` proves it works, `make help` lists the rest.
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
FOR     ?=
N       ?= 1000
MINUTES ?= 10

# A clone made under umask 002 lets the group write, and hftd refuses plugins that anybody else may write.
SAFE    := chmod -R go-w plugins bench/plugins crashproof/plugins docs/examples

# Where bytecode is not kept, every process compiles pandas and alpaca-py anew: two seconds each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test quick check docs bench audit crashproof soak swaps decided lock install uninstall clean
.DEFAULT_GOAL := help

help:  ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

run: $(VENV)/run  ## the simulated venue and the daemon; FOR=20s ends by itself
	@$(SAFE)
	@$(BIN)/hftd run --config hftd.toml --with-sim $(if $(FOR),--for $(FOR))

test: $(VENV)/dev  ## every check and every test
	@$(SAFE)
	@$(BIN)/ruff check hftd plugins crashproof tests && $(BIN)/mypy
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

check: $(VENV)/dev  ## style and types alone
	@$(BIN)/ruff check hftd plugins crashproof tests && $(BIN)/mypy

docs: $(VENV)/dev  ## build/docs/html and build/docs/man
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs/html
	@$(BIN)/python -m sphinx -W --keep-going -q -b man docs build/docs/man
	@echo build/docs/html/index.html

bench: $(VENV)/dev  ## speeds beside a bare socket and alpaca-py; writes build/bench.json
	@$(BIN)/python -m bench $(ARGS)

crashproof: $(VENV)/dev  ## kill the daemon N times at every boundary, then compare the books; KEEP=DIR keeps them
	@$(BIN)/python -m crashproof --kills $(N) $(if $(KEEP),--keep $(KEEP)) $(ARGS)

soak: $(VENV)/dev  ## 5,000 messages a second for MINUTES, a broken connection every half minute: does anything grow?
	@$(BIN)/python -m crashproof.soak --minutes $(MINUTES) $(ARGS)

swaps: $(VENV)/dev  ## swap a model N times while it trades: is a print lost, or decided twice?
	@$(BIN)/python -m crashproof.swaps --swaps $(N) $(ARGS)

decided: $(VENV)/dev  ## TAPE through a daemon that is swapped, cut off and killed; does an audit decide it all again?
	@$(BIN)/python -m crashproof.decided $(TAPE) $(ARGS)

audit: $(VENV)/uv  ## is a fault known of any package hftd runs on? asks the internet
	@$(BIN)/uv tool run -q pip-audit --disable-pip --require-hashes --progress-spinner off --timeout 10 -f json \
	    -r requirements/run.txt 2>/dev/null | $(PYTHON) .ci/audit

install:  ## as root: venv, config, plugins and units where an administrator expects them
	@systemd/install.sh

uninstall:  ## as root: take them away, keep settings and data
	@systemd/uninstall.sh

lock: $(VENV)/dev  ## resolve requirements/*.in again
	@for f in bootstrap run record dev; do $(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 \
	    --generate-hashes --no-header requirements/$$f.in -o requirements/$$f.txt; done

clean:  ## what was built and recorded here
	@rm -rf $(VENV) build state hftd/*.so

# A stamp names what the environment holds; uv and every package are pinned with hashes.
$(VENV)/uv: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(f"hftd needs Python 3.11 or newer, found {sys.version.split()[0]}")'
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

# A C compiler, where there is one, builds hftd/_c into hftd/_wire; hftd runs without it, slower.
$(VENV)/run: requirements/run.txt pyproject.toml $(wildcard hftd/_c/*) $(VENV)/uv
	@$(BIN)/uv pip install -q --system-certs --python $(BIN)/python --require-hashes -r requirements/run.txt
	@$(BIN)/uv pip install -q --system-certs --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/run
	@$(BIN)/uv pip install -q --system-certs --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@
