"""What a merged folder is given before it is served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inference.chat_template import LLAMA3, QWEN3
from inference.serving.model_folder import BadModelFolder
from training.xtuner.finishing import finish


def merged(folder: Path, generation: dict[str, Any] | None = None) -> Path:
    told = {
        "config.json": {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"]},
        "tokenizer_config.json": {
            "chat_template": "the maker's",
            "added_tokens_decoder": {"5": {"content": "<|endoftext|>"}},
        },
        "tokenizer.json": {"added_tokens": [{"id": 5, "content": "<|endoftext|>"}, {"id": 7, "content": "<|im_end|>"}]},
    }
    if generation is not None:
        told["generation_config.json"] = generation
    for name, content in told.items():
        (folder / name).write_text(json.dumps(content))
    (folder / "chat_template.jinja").write_text("the maker's")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def read(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_the_template_is_ours_in_both_places(tmp_path: Path):
    finish(merged(tmp_path), QWEN3)
    assert (tmp_path / "chat_template.jinja").read_text(encoding="utf-8") == QWEN3.jinja()
    assert read(tmp_path, "tokenizer_config.json")["chat_template"] == QWEN3.jinja()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    finish(tmp_path, QWEN3)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("generation", "stops"),
    [(None, [7, 5]), ({"eos_token_id": 5}, [5, 7]), ({"eos_token_id": [7, 5], "top_p": 0.8}, [7, 5]), ({}, [7, 5])],
)
def test_it_stops_at_every_stop_word_of_its_family(tmp_path: Path, generation, stops: list[int]):
    finish(merged(tmp_path, generation), QWEN3)
    told = read(tmp_path, "generation_config.json")
    assert told["eos_token_id"] == stops
    assert told.get("top_p") == (generation or {}).get("top_p")


def test_stop_words_that_the_tokenizer_lacks_are_left_out(tmp_path: Path):
    finish(merged(tmp_path, {"eos_token_id": 5}), LLAMA3)
    assert read(tmp_path, "generation_config.json") == {"eos_token_id": 5}


def test_an_incomplete_folder_is_told(tmp_path: Path):
    (merged(tmp_path) / "model.safetensors").unlink()
    with pytest.raises(BadModelFolder, match="没有权重"):
        finish(tmp_path, QWEN3)
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "tokenizer_config.json").unlink()
    with pytest.raises(BadModelFolder, match="读不了"):
        finish(tmp_path, QWEN3)
