"""Whatever changes between two runs, the next one works or says in one sentence why not, and none is blocked."""

import os

import pytest
from states import States
from tiny_study import make_study

SEEDS = [int(seed) for seed in os.environ.get("STATES_SEEDS", "1").split()]
STEPS = int(os.environ.get("STATES_STEPS", "5"))
"""`make states` takes more."""


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_works_or_says_why_not(tmp_path, seed):
    study = make_study(tmp_path / "study")
    # An image that was bad in the first run of all, and is removed, repaired or skipped then, must leave no trace.
    way_out = ("remove", "repair", "other_policy")[seed % 3]
    States(study, seed).walk(STEPS, "add_bad", way_out, "lose_the_record")
