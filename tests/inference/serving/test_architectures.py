"""Which engine a model is for, by its config."""

from __future__ import annotations

from typing import Any

import pytest

from inference.serving import architectures
from inference.serving.architectures import judge, refusal_of_weights


@pytest.mark.parametrize("name", ["Qwen2ForCausalLM", "Qwen3ForCausalLM", "InternLM3ForCausalLM", "LlamaForCausalLM"])
def test_our_families_are_turbominds(name: str):
    verdict = judge({"architectures": [name]})
    assert (verdict.engine, verdict.sentence, verdict.pictures) == ("turbomind", "", False)


def test_no_architecture_is_in_two_lists():
    groups = [architectures.TURBOMIND, architectures.PYTORCH_ONLY, frozenset(architectures.DROPPED)]
    assert sum(map(len, groups)) == len(frozenset[str]().union(*groups)) == 19 + 39 + 7


@pytest.mark.parametrize("name", ["MistralForCausalLM", "Gemma2ForCausalLM", "DeepseekV3ForCausalLM"])
def test_what_only_the_pytorch_engine_knows_runs_with_a_word_of_warning(name: str):
    verdict = judge({"architectures": [name]})
    assert verdict.engine == "pytorch"
    assert verdict.runs
    assert "pytorch 引擎" in verdict.sentence


def test_chatglm_is_found_by_its_own_code():
    mapped = {"AutoModelForCausalLM": "modeling_chatglm.ChatGLMForConditionalGeneration"}
    assert judge({"architectures": ["ChatGLMModel"], "auto_map": mapped}).engine == "pytorch"
    assert judge({"architectures": ["ChatGLMModel"]}).engine == "unknown"


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"architectures": ["InternLMForCausalLM"]}, "第一代 InternLM"),
        ({"architectures": ["QWenLMHeadModel"], "visual": {}}, "Qwen-VL"),
        ({"architectures": ["X"], "auto_map": {"AutoModelForCausalLM": "a.BaichuanForCausalLM"}}, "Baichuan2"),
        ({"architectures": ["MllamaForConditionalGeneration"]}, "Llama 3.2 Vision"),
    ],
)
def test_dropped_ones_are_named_with_what_to_use_instead(config: dict[str, Any], word: str):
    verdict = judge(config)
    assert verdict.engine == "dropped"
    assert not verdict.runs
    assert word in verdict.sentence
    assert "qwen3" in verdict.sentence


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ({"architectures": ["MambaForCausalLM"]}, "MambaForCausalLM"),
        ({}, "没有 architectures"),
        ({"architectures": None, "auto_map": []}, "没有 architectures"),
        ({"architectures": ["Qwen2ForRewardModel"]}, "不会聊天"),
    ],
)
def test_what_nobody_runs_is_told(config: dict[str, Any], word: str):
    verdict = judge(config)
    assert verdict.engine == "unknown"
    assert word in verdict.sentence


def test_models_for_pictures_are_known_as_such():
    assert judge({"architectures": ["Qwen2_5_VLForConditionalGeneration"]}).pictures
    assert judge({"architectures": ["InternVLChatModel"]}).engine == "turbomind"
    qwen3 = judge({"architectures": ["Qwen3VLForConditionalGeneration"]})
    assert (qwen3.engine, qwen3.pictures) == ("pytorch", True)
    assert judge({"architectures": ["Glm4MoeLiteForCausalLM"], "vision_config": {}}).engine == "pytorch"


def test_eight_bit_weights_of_lmdeploy_are_the_pytorch_engines():
    quantised = {"quantization_config": {"quant_method": "smooth_quant"}}
    verdict = judge({"architectures": ["Qwen2ForCausalLM"], **quantised})
    assert verdict.engine == "pytorch"
    assert "smooth_quant" in verdict.sentence


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"quant_method": "bitsandbytes"}, "bitsandbytes"),
        ({"quant_method": "gptq", "bits": 8}, "4 比特"),
        ({"quant_method": "awq", "group_size": 64, "version": "gemm"}, "group_size = 128"),
        ({"quant_method": "awq", "version": "gemv"}, "gemv"),
        ({"quant_method": "gptq", "desc_act": True}, "desc_act"),
    ],
)
def test_quantised_weights_that_turbomind_does_not_read_are_refused(told: dict[str, Any], word: str):
    assert word in (refusal_of_weights({"quantization_config": told}) or "")


@pytest.mark.parametrize(
    "told",
    [
        None,
        {"quant_method": "awq", "bits": 4, "group_size": 128, "version": "gemm"},
        {"quant_method": "gptq", "bits": 4, "group_size": 128, "desc_act": False, "sym": True},
        {"quant_method": "fp8"},
    ],
)
def test_others_are_read(told: dict[str, Any] | None):
    assert refusal_of_weights({"quantization_config": told}) is None
