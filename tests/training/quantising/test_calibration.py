"""What a model is calibrated on: a draw of conversations as the model will see them."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from inference.chat_template import INTERNLM2, QWEN3
from inference.prompts import training_turn
from tests.training.xtuner import facts
from training.quantising.calibration import write
from training.quantising.errors import NotReady
from training.quantising.settings import QuantisingSettings

SETTINGS = QuantisingSettings()


def texts(place: Path) -> list[str]:
    return [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]


def test_conversations_are_rendered_as_they_were_trained(tmp_path: Path):
    turns = facts.turns()
    found = write(facts.write(tmp_path / "train.jsonl", turns), INTERNLM2, tmp_path / "out", SETTINGS)
    assert sorted(texts(found.file)) == sorted("<s>" + INTERNLM2.render(turn, with_answer=True) for turn in turns)
    assert found.rows == len(turns)
    assert found.sha256 == sha256(found.file.read_bytes()).hexdigest()


def test_pairs_and_rendered_texts_are_taken_too(tmp_path: Path):
    source = tmp_path / "questions.jsonl"
    rows = [{"input": "问", "output": "答"}, {"text": "排好的一"}, "排好的二"]
    source.write_text("\n\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    asked = QWEN3.render(training_turn("问", "答"), with_answer=True)
    assert set(texts(write(source, QWEN3, tmp_path / "out", SETTINGS).file)) == {asked, "排好的一", "排好的二"}


def test_of_many_rows_some_are_drawn_and_always_the_same(tmp_path: Path):
    source = tmp_path / "many.jsonl"
    source.write_text("".join(f'"{number}"\n' for number in range(10_000)), encoding="utf-8")
    settings = QuantisingSettings(samples=10, window=64)
    found = [write(source, None, tmp_path / name, settings) for name in ("a", "b")]
    assert found[0].rows == 40
    assert found[0].sha256 == found[1].sha256
    assert max(map(int, texts(found[0].file))) > 5000
    assert write(source, None, tmp_path / "c", settings.model_copy(update={"seed": 2})).sha256 != found[0].sha256


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "是空的"),
        ("\n\n", "是空的"),
        ("1+1=?\n", "第 1 行看不懂"),
        ('"好"\n{"conversation": []}\n', "第 2 行看不懂"),
        ('{"input": 1, "output": "x"}', "第 1 行看不懂"),
        ("[1]", "第 1 行看不懂"),
        ("null", "第 1 行看不懂"),
    ],
)
def test_what_is_no_conversation_is_named(tmp_path: Path, content: str, said: str):
    source = tmp_path / "bad.jsonl"
    source.write_text(content, encoding="utf-8")
    with pytest.raises(NotReady, match=said):
        write(source, QWEN3, tmp_path / "out", SETTINGS)


def test_a_model_of_no_known_family_needs_rendered_texts(tmp_path: Path):
    with pytest.raises(NotReady, match="排好版"):
        write(facts.write(tmp_path / "train.jsonl", facts.turns()), None, tmp_path / "out", SETTINGS)
    with pytest.raises(NotReady, match="读不了"):
        write(tmp_path / "none.jsonl", QWEN3, tmp_path / "out", SETTINGS)
