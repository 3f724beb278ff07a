"""What the network would most like to see of each class, by gradient ascent on its logit from noise."""

from limelight.ascent.unit import ascent
from limelight.machinery.job import Job
from limelight.machinery.joblog import job_log
from limelight.study.choices import choose_classes

if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        job, settings, seed = Job.of(snakemake), snakemake.params.settings, snakemake.params.seed
        how = job.with_colours(settings["ascent"])
        classes = job.model_record["classes"]
        chosen = choose_classes(classes, settings["classes"], settings["labels"])
        record = [0, settings["iterations"]]
        units = [
            ascent(str(number), "", number, record, how, noise=[seed, "class", number], seed=seed)
            for number in map(classes.index, chosen)
        ]
        job.write(job.run(units, snakemake.params.batch), "class images", {"seed": seed, **settings})
