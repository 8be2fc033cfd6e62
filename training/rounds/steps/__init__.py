"""The steps of a round, in order."""

from __future__ import annotations

from training.rounds.step import Step
from training.rounds.steps import config, convert, dataset, evaluate, gate, merge, quantise, referee, train

STEPS: tuple[Step, ...] = (
    dataset.STEP,
    config.STEP,
    train.STEP,
    convert.STEP,
    merge.STEP,
    quantise.STEP,
    evaluate.STEP,
    referee.STEP,
    gate.STEP,
)
