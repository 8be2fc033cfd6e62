"""XTuner 0.2.0's own loader reads what was written; ``make environments`` makes what it runs in."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from inference.chat_template import QWEN3
from inference.prompts import SYSTEM_PROMPT
from store.ids import new_id
from tests.environments import python_of
from tests.training.preferences.battles import NOON, QUESTION, RIGHT, WRONG, battle, fill
from tests.training.rounds.real import opened
from training.preferences.building import build
from training.preferences.pairs import pairs
from training.xtuner.commands import environment

pytestmark = [pytest.mark.slow]
TOOL = Path(__file__).with_name("loading.py")


def loaded(scratch: Path, *files: Path) -> dict[str, Any]:
    done = subprocess.run(
        [python_of("training"), "-W", "ignore", TOOL, *files],
        input=json.dumps(QWEN3.jinja()),
        env=os.environ | environment(scratch) | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


async def test_xtuner_reads_every_pair_and_learns_the_answers_alone(tmp_path: Path):
    async with opened(tmp_path) as home:
        await fill(home.sessions)
        first = await build(home.sessions, tmp_path / "made", moment=NOON)
    # A bot that has no rounds yet, with a number as the bots give them.
    other = tmp_path / "other.jsonl"
    alone = battle(new_id(), serving_round=None, challenger_round=None)
    other.write_text(pairs([(alone, {"challenger": 1})]).text, encoding="utf-8")
    files = (other, first.file)
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    found = loaded(tmp_path, *files)
    assert found["rows"] == [json.loads(line) for line in lines]
    assert len(lines) == 3
    asked = f"<|im_start|>system\n{SYSTEM_PROMPT}<|im_end|>\n<|im_start|>user\n{QUESTION}<|im_end|>\n"
    header = "<|im_start|>assistant\n<think>\n\n</think>\n\n"
    assert found["pairs"] == [
        {
            side: {"read": f"{asked}{header}{text}<|im_end|>\n", "learnt": f"{text}<|im_end|>\n"}
            for side, text in (("chosen", chosen), ("rejected", rejected))
        }
        for chosen, rejected in ((RIGHT, WRONG), (RIGHT, WRONG), (WRONG, RIGHT))
    ]
