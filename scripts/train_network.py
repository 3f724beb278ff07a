"""Train a network on the embedded data set."""

from dataclasses import astuple, fields

import pandas as pd
import torch

from limelight.demo.data_set import read_split
from limelight.demo.training import Epoch, train
from limelight.machinery.joblog import job_log
from limelight.network.loading import build
from limelight.network.photographs import Resize
from limelight.study.digests import seed
from limelight.study.files import atomic

if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        params = snakemake.params
        torch.set_num_threads(snakemake.threads)
        resize = Resize.of(params.model["preprocessing"])
        training_seed = seed("training", params.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(training_seed)
            network = build(params.model["factory"], params.model["arguments"])
        history = train(
            network,
            read_split(snakemake.input.training, resize, snakemake.threads),
            read_split(snakemake.input.validation, resize, snakemake.threads),
            seed=training_seed,
            epochs=params.epochs["epochs"],
            on_epoch=lambda epoch: log.info("%s", epoch),
        )
        with atomic(snakemake.output.checkpoint) as file:
            torch.save(network.state_dict(), file)
        rows = pd.DataFrame(map(astuple, history), columns=[field.name for field in fields(Epoch)])
        with atomic(snakemake.output.history) as file:
            file.write(rows.to_csv(index=False, lineterminator="\n").encode())
