"""Failures as their logs end; most of them were provoked with the real XTuner 0.2.0."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.xtuner.failures import DIVERGED, NAN, explain, going_wrong
from training.xtuner.progress import Point

NOISE = "Failed to load CPU gemm_4bit_forward from kernels-community: No module named 'kernels'.\n"
ENDS = [
    ("gpu_memory", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.32 GiB. GPU 0 has a total", 1),
    ("gpu_memory", "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", 1),
    ("memory", "RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate", 1),
    ("memory", "", -9),
    ("memory", "Iter(train) [ 60/384]", 137),
    ("disk", "OSError: [Errno 28] No space left on device: '/w/iter_10.pth'", 1),
    ("disk", "RuntimeError: [enforce fail at inline_container.cc:672] . PytorchStreamWriter failed writing file", 1),
    ("base", "OSError: Can't load the configuration of '/m'. If you were trying to load it from", 1),
    (
        "base",
        "ValueError: The checkpoint has model type `zork9` but Transformers does not recognize this architecture",
        1,
    ),
    ("base", "safetensors._safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata", 1),
    ("data", "    pa_table = next(iter(self._generate_tables(**splits[0].gen_kwargs)))[1]\nStopIteration", 1),
    ("data", "datasets.exceptions.DatasetGenerationError: An error occurred while generating the dataset", 1),
    ("data", '    assert {"input_ids", "labels"}.issubset(dataset.column_names)\nAssertionError', 1),
    ("data", "ValueError: Column 'length' doesn't exist.", 1),
    ("data", "FileNotFoundError: Unable to find '/d/train.jsonl'", 1),
    ("environment", "/env/bin/python: No module named xtuner.tools", 1),
    ("environment", "ModuleNotFoundError: No module named 'mmengine'", 1),
    ("settings", "ImportError: deepspeed is not installed properly, please check.", 1),
    ("settings", "ValueError: end should be larger than begin, but got begin=0, end=0", 1),
    ("driver", "RuntimeError: The NVIDIA driver on your system is too old (found version 11040).", 1),
    ("killed", "Iter(train) [ 60/384]", -15),
    ("unknown", "ValueError: something new", 1),
]


@pytest.mark.parametrize(("kind", "end", "code"), ENDS)
def test_each_is_told_by_its_end(kind: str, end: str, code: int):
    failure = explain(f"{NOISE}Traceback (most recent call last):\n{end}\n", code)
    assert failure.kind == kind
    assert str(failure) == failure.words
    assert failure.words.endswith("。") or kind == "unknown"


def test_one_that_nobody_knows_shows_its_last_line_and_code():
    assert explain("a\nValueError: new\n\n", 2).words == "没有做成（退出码 2）：ValueError: new"
    assert "没有输出" in explain("", 2).words
    ranks = "[rank1]: ValueError: odd\ntorch.distributed.elastic.errors.ChildFailedError: \n=====\nFailures:\n====="
    assert explain(ranks, 1).words.endswith("[rank1]: ValueError: odd")


def test_the_cause_is_found_though_the_last_traceback_is_the_launchers():
    log = (
        "Traceback (most recent call last):\ntorch.OutOfMemoryError: CUDA out of memory.\n"
        "Traceback (most recent call last):\ntorch.distributed.elastic.multiprocessing.errors.ChildFailedError: train\n"
    )
    assert explain(log, 1).kind == "gpu_memory"


def test_why_it_was_stopped_comes_first():
    assert explain("CUDA out of memory", -15, NAN).kind == "nan"
    assert explain("", -15, DIVERGED).kind == "diverged"
    assert explain("", -15, "cancelled").kind == "cancelled"


def points(*losses: float) -> list[Point]:
    return [Point(number, loss, 1e-3, 0.1) for number, loss in enumerate(losses, 1)]


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_nan_is_seen_at_once(loss: float):
    assert going_wrong(points(loss)) == NAN
    assert going_wrong(points(0.5, 0.4, loss)) == NAN
    # What comes between two looks is seen too.
    assert going_wrong(points(0.5, loss, 0.4)) == NAN


def test_a_loss_that_stays_far_above_its_start_is_divergence():
    assert going_wrong(points(*[1.0] * 3, *[9.0] * 30)) == DIVERGED
    # A bump that passes is none, nor is a loss that does not fall.
    assert going_wrong(points(*[1.0] * 3, *[9.0] * 29, 0.9)) is None
    # A base that knows nearly all of the set: the first batch held nothing new, and what is new is being learnt.
    assert going_wrong(points(0.001, 1.1, 2.5, *(3.0 - place / 20 for place in range(30)))) is None
    assert going_wrong(points(*[1.0] * 60)) is None
    assert going_wrong([]) is None


@given(st.lists(st.floats(0, 10), max_size=80))
def test_a_falling_loss_is_never_stopped(losses: list[float]):
    assert going_wrong(points(*sorted(losses, reverse=True))) is None
