"""Everything that computes or draws; it knows nothing of Snakemake."""

__version__ = "0.1.0"
