"""Model folders as people have them: whole, half downloaded, too old."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.serving.model_folder import BadModelFolder, check


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that can be served."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text('{"architectures": ["Qwen2ForCausalLM"]}')
    (folder / "model.safetensors").write_bytes(b"\x00" * 100)
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(BadModelFolder) as caught:
        check(folder)
    return str(caught.value)


def test_a_whole_model_is_accepted(folder: Path):
    check(folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    check(folder)


def test_a_model_name_is_not_a_folder():
    assert "不是模型名" in refusal(Path("internlm/internlm2-chat-7b"))


def test_a_missing_folder_is_named(tmp_path: Path):
    assert str(tmp_path / "nowhere") in refusal(tmp_path / "nowhere")


def test_a_turbomind_workspace_is_told_to_use_the_original(folder: Path):
    (folder / "triton_models").mkdir()
    assert "不用转换" in refusal(folder)


def test_a_folder_without_config_is_refused(folder: Path):
    (folder / "config.json").unlink()
    assert "config.json" in refusal(folder)


def test_an_adapter_is_told_to_be_merged(folder: Path):
    (folder / "config.json").unlink()
    (folder / "adapter_config.json").write_text("{}")
    assert "合并" in refusal(folder)


@pytest.mark.parametrize("text", ["{", "[1]", "\x00"])
def test_a_broken_config_is_refused(folder: Path, text: str):
    (folder / "config.json").write_text(text)
    assert "JSON" in refusal(folder)


@pytest.mark.parametrize("name", ["InternLMForCausalLM", "QWenLMHeadModel", "BaichuanForCausalLM"])
def test_first_generation_models_are_named_with_what_to_use_instead(folder: Path, name: str):
    (folder / "config.json").write_text(json.dumps({"architectures": [name]}))
    assert "internlm2" in refusal(folder)


def test_a_folder_without_weights_is_refused(folder: Path):
    (folder / "model.safetensors").unlink()
    assert "没有权重" in refusal(folder)


def test_missing_shards_are_counted(folder: Path):
    names = {"a": "model.safetensors", "b": "model-2.safetensors", "c": "model-3.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    assert "少 2 个权重文件（model-2.safetensors 等）" in refusal(folder)


def test_git_lfs_pointers_are_not_weights(folder: Path):
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    assert "git lfs pull" in refusal(folder)
