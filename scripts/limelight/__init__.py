"""Everything that computes or draws. It does not depend on Snakemake."""

__version__ = "0.1.0"
