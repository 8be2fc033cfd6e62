"""What is said of a folder before a start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inference.chat_template import INTERNLM2, LLAMA3, QWEN, QWEN3
from inference.serving.inspection import in_words, inspect
from inference.serving.model_folder import BadModelFolder
from inference.serving.tokenizer import family
from tests.inference.serving.model_folders import put, safetensors, whole


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return whole(tmp_path / "model")


def refusal(folder: Path, **wanted: Any) -> str:
    with pytest.raises(BadModelFolder) as caught:
        inspect(folder, **wanted)
    return str(caught.value)


def test_a_whole_model_is_reported_without_warnings(folder: Path):
    report = inspect(folder, free_mib=[24_000])
    assert (report.engine, report.family, report.quantisation, report.warnings) == ("turbomind", "qwen", None, ())
    assert report.weights_mib == 14_525
    assert in_words(report, gpu_mib=24_000) == [
        "模型：Qwen2ForCausalLM，没有量化，权重 14.2 GiB",
        "引擎：TurboMind",
        "对话格式：qwen",
        "显存至少要空出 16.7 GiB（计算值）",
        "空闲的 23.4 GiB 显存：缓存 124,544 个 token，够 15 个 8192 token 的对话同时进行（计算值）",
    ]


@pytest.mark.parametrize("cut", [-1, -100, 1])
def test_a_download_that_broke_off_is_found_by_its_length(folder: Path, cut: int):
    file = folder / "model.safetensors"
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size + cut)
    assert "没下载完" in refusal(folder)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"\xff" * 100, b"\x04" + b"\x00" * 7 + b"{}{}", b"\x02" + b"\x00" * 7 + b"[]"]
)
def test_a_head_that_is_none_is_refused(folder: Path, content: bytes):
    (folder / "model.safetensors").write_bytes(content)
    assert "没下载完" in refusal(folder)


def test_float32_weights_are_loaded_in_half_precision(folder: Path):
    safetensors(folder / "model.safetensors", {"a": ("F32", 2 * 15_231_233_024)})
    assert inspect(folder).weights_mib == 14_525


def test_what_turbomind_does_not_know_is_refused_or_told(folder: Path):
    whole(folder, architectures=["MambaForCausalLM"], model_type="mamba")
    assert "MambaForCausalLM" in refusal(folder)
    assert inspect(folder, engine="transformers").engine == "transformers"
    whole(folder, architectures=["MistralForCausalLM"], model_type="mistral")
    report = inspect(folder)
    assert report.engine == "pytorch"
    assert "pytorch 引擎" in report.warnings[0]


def test_weights_in_an_unknown_form_are_refused(folder: Path):
    whole(folder, quantization_config={"quant_method": "bitsandbytes"})
    assert "bitsandbytes" in refusal(folder)
    assert inspect(folder, engine="transformers").quantisation == "bitsandbytes"


@pytest.mark.parametrize("names", [["tokenizer.json"], ["tokenizer.model"], ["vocab.json", "merges.txt"]])
def test_each_kind_of_tokenizer_will_do(folder: Path, names: list[str]):
    (folder / "tokenizer.json").unlink()
    for name in names:
        put(folder, name, {"model": {}})
    assert inspect(folder).warnings == ()


def test_a_missing_or_broken_tokenizer_is_refused(folder: Path):
    file = folder / "tokenizer.json"
    file.write_text("{")
    assert "JSON" in refusal(folder)
    file.write_text("{}")
    assert "不是分词器" in refusal(folder)
    file.write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "git lfs pull" in refusal(folder)
    file.unlink()
    assert "没有分词器" in refusal(folder)
    (folder / "vocab.json").write_text("{}")
    assert "没有分词器" in refusal(folder)
    (folder / "tokenizer.model").touch()
    assert "是空的" in refusal(folder)


def test_special_tokens_must_be_words_of_the_model(folder: Path):
    put(folder, "generation_config.json", {"eos_token_id": [151645, 152064], "pad_token_id": -1})
    assert "eos_token_id 是 152064" in refusal(folder)
    put(folder, "generation_config.json", {"eos_token_id": [151645, 151643], "pad_token_id": -1, "bos_token_id": None})
    inspect(folder)


@pytest.mark.parametrize("chat", [QWEN, QWEN3, INTERNLM2, LLAMA3])
@pytest.mark.parametrize("apart", [True, False])
def test_a_chat_format_of_ours_is_recognised(folder: Path, chat: Any, apart: bool):
    put(folder, "config.json", {"model_type": chat.model_types[0], "vocab_size": 152_064})
    put(folder, "tokenizer_config.json", {"chat_template": "other" if apart else chat.jinja()})
    if apart:
        (folder / "chat_template.jinja").write_text(chat.jinja())
    assert family(folder) == chat.family


def test_a_foreign_or_missing_template_is_a_warning(folder: Path):
    put(folder, "tokenizer_config.json", {"chat_template": "[INST] {{ messages[0].content }} [/INST]"})
    report = inspect(folder)
    assert report.family is None
    assert "不认识它的对话模板" in report.warnings[0]
    assert in_words(report)[-1].startswith("注意：")
    put(folder, "tokenizer_config.json", {"chat_template": [{"name": "default", "template": QWEN.jinja()}]})
    assert inspect(folder).family == "qwen"
    put(folder, "tokenizer_config.json", {"chat_template": [{"name": "tool_use", "template": QWEN.jinja()}]})
    assert "没有对话模板" in inspect(folder).warnings[0]
    (folder / "tokenizer_config.json").unlink()
    assert "没有对话模板" in inspect(folder).warnings[0]


def test_other_things_worth_knowing_are_told(folder: Path):
    whole(folder, use_sliding_window=True)
    told = {"chat_template": QWEN.jinja(), "auto_map": {"AutoTokenizer": ["a.B", None]}}
    put(folder, "tokenizer_config.json", told)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    warnings = "".join(inspect(folder, session_len=40_000).warnings)
    for word in ("--trust-remote-code", "32768", "滑动窗口", ".bin"):
        assert word in warnings
    whole(folder, architectures=["Qwen2_5_VLForConditionalGeneration"])
    assert "能看图" in inspect(folder).warnings[0]


def test_too_little_memory_is_refused_with_what_helps(folder: Path):
    assert "cache_share 改成" in refusal(folder, free_mib=[17_100])
    told = refusal(folder, free_mib=[12_000])
    for word in ("至少要空出 16.7 GiB", "空着 11.7 GiB", "4 比特", "session_len", "kv_bits = 8"):
        assert word in told
    assert "放不下一个最长的对话" in in_words(inspect(folder), gpu_mib=12_000)[-1]
    inspect(folder, free_mib=[12_000, 12_000], tp=2)
    assert "只有 1 块" in refusal(folder, free_mib=[80_000], tp=2)


def test_memory_that_is_short_for_many_questions_is_a_warning(folder: Path):
    (told,) = inspect(folder, free_mib=[19_000]).warnings
    assert told.startswith("显存紧：空着 18.6 GiB")
    assert "cache_share 改成" in told
    assert inspect(folder, free_mib=[22_000]).warnings == ()


def test_settings_that_the_model_does_not_allow_are_refused(folder: Path):
    assert "平分给 3 块" in refusal(folder, tp=3)
    whole(folder, head_dim=64)
    assert "kv_bits 改成 0" in refusal(folder, kv_bits=8)


def test_a_shape_that_is_not_told_leaves_memory_unjudged(folder: Path):
    whole(folder, hidden_size=None)
    report = inspect(folder, free_mib=[10])
    assert (report.need, report.least_mib) == (None, None)
