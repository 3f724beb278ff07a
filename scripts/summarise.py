"""Write the tables that follow from arrays, by the capability that the rule names."""

from limelight.machinery.joblog import job_log
from limelight.machinery.rule import RuleContext
from limelight.rooms import find
from limelight.study.cells import marked
from limelight.study.files import atomic

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        tables = find(snakemake.params.summarise)(RuleContext.of(snakemake))
        for name, text in tables.items():
            with atomic(snakemake.output[name]) as file:
                file.write(marked(text).encode())
