"""What is refused before anything is started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.chat_template import QWEN, QWEN3
from tests.training.weights import safetensors
from tests.training.xtuner import facts
from training.xtuner.checking import check_base, check_data
from training.xtuner.errors import NotReady
from training.xtuner.settings import XtunerSettings

SETTINGS = XtunerSettings()


def model(folder: Path, **config) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "qwen3", **config}))
    (folder / "model.safetensors").write_bytes(safetensors())
    return folder


def test_a_base_is_known_by_its_family(tmp_path: Path):
    assert check_base(model(tmp_path / "m"), SETTINGS, on_cpu=True).chat is QWEN3


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"model_type": "mamba"}, "对话格式"),
        ({"quantization_config": {"quant_method": "awq"}}, "量化"),
        ({"model_type": "qwen2"}, 'mode 改成 "lora"'),
    ],
)
def test_a_base_that_cannot_be_trained_is_refused(tmp_path: Path, config, words: str):
    with pytest.raises(NotReady, match=words):
        check_base(model(tmp_path / "m", **config), SETTINGS, on_cpu=True)


def test_qwen2_trains_on_a_gpu_and_without_4_bit(tmp_path: Path):
    base = model(tmp_path / "m", model_type="qwen2")
    assert check_base(base, SETTINGS, on_cpu=False).chat is QWEN
    assert check_base(base, XtunerSettings(mode="lora"), on_cpu=True).chat is QWEN


def test_several_processes_need_gpus(tmp_path: Path):
    settings = XtunerSettings(launcher="pytorch", gpus=2)
    base = model(tmp_path / "m")
    assert check_base(base, settings, on_cpu=False).chat is QWEN3
    with pytest.raises(NotReady, match="一个进程"):
        check_base(base, settings, on_cpu=True)


def test_a_missing_base(tmp_path: Path):
    with pytest.raises(NotReady, match="没有这个文件夹"):
        check_base(tmp_path / "none", SETTINGS, on_cpu=False)


@pytest.mark.parametrize("size", [0, 7, 8, 30, -1])
def test_weights_that_were_not_downloaded_to_their_end_are_seen(tmp_path: Path, size: int):
    base = model(tmp_path / "m")
    (base / "model.safetensors").write_bytes(safetensors(1000)[:size])
    with pytest.raises(NotReady, match=r"model\.safetensors 不完整.*请重新下载"):
        check_base(base, SETTINGS, on_cpu=False)


def test_data_is_counted_and_its_length_guessed(tmp_path: Path):
    told = check_data(facts.write(tmp_path / "t.jsonl", facts.turns()), QWEN3, SETTINGS)
    assert told.rows == len(facts.FACTS) == 50
    assert 30 < told.tokens_per_row < 200


def line(**turn: object) -> str:
    return json.dumps({"conversation": [{"system": "", "input": "问", "output": "答", **turn}]}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "是空的"),
        ("\n\n", "是空的"),
        ("{", "第 1 行"),
        (line() + '\n{"question": "a"}', "第 2 行"),
        ('{"conversation": []}', "第 1 行"),
        ('{"conversation": [{"input": "a"}]}', "第 1 行"),
        ('{"conversation": 5}', "第 1 行"),
        ("[]", "第 1 行"),
        (line(output=3), "第 1 行"),
        (line(output="长" * 1200), "第 1 行至少有 6"),
    ],
)
def test_data_that_cannot_be_learnt_is_refused(tmp_path: Path, text: str, words: str):
    file = tmp_path / "t.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(NotReady, match=words):
        check_data(file, QWEN3, SETTINGS)


def test_data_that_is_not_there_or_not_text(tmp_path: Path):
    with pytest.raises(NotReady, match="读不了"):
        check_data(tmp_path / "none.jsonl", QWEN3, SETTINGS)
    (tmp_path / "t.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(NotReady, match="读不了"):
        check_data(tmp_path / "t.jsonl", QWEN3, SETTINGS)
    with pytest.raises(NotReady, match="路径"):
        check_data(tmp_path / "[1].jsonl", QWEN3, SETTINGS)


def test_no_system_prompt_is_fine(tmp_path: Path):
    file = tmp_path / "t.jsonl"
    file.write_text(line(system=None) + "\n", encoding="utf-8")
    assert check_data(file, QWEN3, SETTINGS).rows == 1
