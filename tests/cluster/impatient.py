"""Snakemake that asks Slurm twice a second how its jobs are.

The plugin pauses for a second at the least, for 10 s more after each answer without an ended job, up to three minutes;
none of its settings caps that. Only the pauses differ here, and only in the process that submits.
"""

from snakemake.cli import main
from snakemake_executor_plugin_slurm import Executor

Executor.next_seconds_between_status_checks = property(lambda self: 0.5, lambda self, seconds: None)
main()
