# Everything runs in .venv, which the first target makes. On Debian's own Python, `apt install python3-venv` first.
PYTHON ?= python3
CORES ?= all
# Of the tests: one of them mostly waits for Slurm.
PROCESSES ?= 3

.PHONY: demo test test-long lint docs bench bench-scale clean

.venv/ready: requirements.txt
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	.venv/bin/uv pip install --quiet --compile-bytecode --python .venv/bin/python -r requirements.txt
	touch $@

# The embedded study, from drawing its photographs to results/demo/gallery/index.html.
demo: .venv/ready
	.venv/bin/snakemake --cores $(CORES)

test: lint
	.venv/bin/python -m pytest --numprocesses $(PROCESSES) --dist loadgroup

# What takes too long for every change.
test-long: .venv/ready
	.venv/bin/python -m pytest --numprocesses $(PROCESSES) --dist loadgroup -m long

lint: .venv/ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/snakefmt --check Snakefile workflow/Snakefile rules
	.venv/bin/mypy
	.venv/bin/snakemake --lint

# The tables of config/README.md, from the schema and from what the attribution methods declare.
docs: .venv/ready
	PYTHONPATH=scripts .venv/bin/python -m limelight.schema config/README.md

# Explanations against other libraries and the bare passes, the ascent against a notebook's loop and torch-lucent, where
# that is installed; your own network by --factory and --checkpoint.
bench: .venv/ready
	.venv/bin/python benchmarks/superpixels.py
	.venv/bin/python benchmarks/attribution.py
	.venv/bin/python benchmarks/ascent.py

# Budgets of a generated study of 10,000 images; about a quarter of an hour on two cores.
bench-scale: .venv/ready
	.venv/bin/python benchmarks/scale.py

clean:
	rm -rf .venv results .snakemake
