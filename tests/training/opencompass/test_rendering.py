from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from inference.chat_template import INTERNLM2, QWEN3
from inference.prompts import SYSTEM_PROMPT
from tests.training.opencompass.papers import SETS
from training.opencompass.parts import Part, write_parts
from training.opencompass.rendering import Local, Served, render
from training.opencompass.settings import OpencompassSettings

SETTINGS = OpencompassSettings(batch_size=4, max_out_len=100)
LOCAL = Local(Path('/models/it\'s a "model"'), INTERNLM2)


def values(text: str) -> dict[str, Any]:
    """The config's names, each of which must be a literal."""
    found: dict[str, Any] = {}
    for statement in ast.parse(text).body:
        assert isinstance(statement, ast.Assign)
        (name,) = statement.targets
        assert isinstance(name, ast.Name)
        found[name.id] = ast.literal_eval(statement.value)
    return found


@pytest.fixture
def parts(tmp_path: Path) -> list[Part]:
    return write_parts(SETS, tmp_path)


def test_a_local_model_gets_our_template_and_stops_at_its_words(parts: list[Part]):
    told = values(render(LOCAL, parts, SETTINGS, title="x"))
    (model,) = told["models"]
    assert model["meta_template"] == INTERNLM2.opencompass_meta()
    assert model["path"] == model["tokenizer_path"] == str(LOCAL.folder)
    assert (model["max_out_len"], model["batch_size"], model["batch_padding"]) == (100, 4, True)
    assert model["run_cfg"]["num_gpus"] == 1
    stops = [one["infer_cfg"]["inferencer"]["stopping_criteria"] for one in told["datasets"]]
    assert stops == [["<|im_end|>"]] * len(parts)


def test_on_a_cpu_no_gpu_is_asked_for(parts: list[Part]):
    (model,) = values(render(Local(Path("m"), QWEN3, on_cpu=True), parts, SETTINGS, title="x"))["models"]
    assert model["run_cfg"]["num_gpus"] == 0
    assert model["model_kwargs"]["device_map"] == "cpu"


@pytest.mark.parametrize("url", ["http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/"])
def test_a_server_is_asked_through_its_chat_route_and_no_key_is_written(url: str, parts: list[Part]):
    told = values(render(Served(url, "gk"), parts, SETTINGS, title="x"))
    (model,) = told["models"]
    assert model["openai_api_base"] == "http://h:1/v1"
    assert (model["path"], model["key"], model["temperature"]) == ("gk", "ENV", 0.0)
    assert "stopping_criteria" not in told["datasets"][0]["infer_cfg"]["inferencer"]


def test_every_part_is_a_set_with_our_prompt_and_its_own_marking(parts: list[Part]):
    told = values(render(LOCAL, parts, SETTINGS, title="x"))["datasets"]
    assert [one["abbr"] for one in told] == [part.name for part in parts]
    assert [one["path"] for one in told] == [str(part.file.resolve()) for part in parts]
    assert [one["eval_cfg"]["evaluator"]["kind"] for one in told] == [part.marking for part in parts]
    template = told[0]["infer_cfg"]["prompt_template"]["template"]
    assert template["begin"][0]["prompt"] == SYSTEM_PROMPT
    assert template["round"] == [{"role": "HUMAN", "prompt": "{input}"}]


def test_it_is_the_same_each_time_and_a_title_cannot_break_out_of_its_comment(parts: list[Part]):
    text = render(LOCAL, parts, SETTINGS, title="one\nimport os", command="a\nb")
    assert text == render(LOCAL, parts, SETTINGS, title="one\nimport os", command="a\nb")
    assert text.startswith("# one import os\n")
    assert "import" not in "".join(line for line in text.splitlines() if not line.startswith("#"))
    assert values(text).keys() == {"models", "datasets", "infer", "eval", "summarizer"}
