# Everything runs in .venv, which the first target makes. On Debian's own Python, `apt install python3-venv` first.
PYTHON ?= python3
CORES ?= all
# Of the tests: one of them mostly waits for Slurm.
PROCESSES ?= 3
# Of `make states`.
SEEDS ?= 1 2 3 4 5 6 7 8 9 10
STEPS ?= 30

.PHONY: demo test test-long fuzz states break lint docs bench bench-scale clean

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

# What takes too long for every change: the embedded study on Slurm, where that is installed.
test-long: .venv/ready
	.venv/bin/python -m pytest --numprocesses $(PROCESSES) --dist loadgroup -m long

# 5,000 mutations of a small file of each image format, other ones in each run; ten minutes and more.
fuzz: .venv/ready
	.venv/bin/python -m pytest --hypothesis-profile fuzz tests/unit/test_hostile_images.py

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

# What is lost, computed twice or stuck: runs killed at random moments, two at once, a full disk. Hours on two cores;
# `make break BREAK="--kills 10 --targets saliency lime"` takes less.
break: .venv/ready
	.venv/bin/python benchmarks/break.py $(BREAK)

# Random changes of the images, the study and its files between runs, by seed; `make test` takes five steps of one seed.
states: .venv/ready
	STATES_SEEDS="$(SEEDS)" STATES_STEPS=$(STEPS) .venv/bin/python -m pytest tests/workflow/test_states.py

clean:
	rm -rf .venv results .snakemake
