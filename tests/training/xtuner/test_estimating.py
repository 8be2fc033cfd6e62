"""Estimates against what is known of real models and cards."""

from __future__ import annotations

from typing import Any

import pytest

from training.xtuner.estimating import Estimate, estimate, shape_of
from training.xtuner.settings import XtunerSettings

# From the models' own config.json.
QWEN25_7B = {
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "tie_word_embeddings": False,
}
QWEN3_06B = {
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "tie_word_embeddings": True,
}
LLAMA3_8B = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
}


def reckon(config: dict[str, Any], card: str = "NVIDIA A100", **more: Any) -> Estimate:
    settings = XtunerSettings(**more)
    return estimate(shape_of(config), settings, rows=8000, tokens_per_row=90, steps=3000, card=card)


@pytest.mark.parametrize(
    ("config", "billions"),
    [(QWEN25_7B, 7.62), (QWEN3_06B, 0.596), (LLAMA3_8B, 8.03)],
)
def test_parameters_are_those_that_the_makers_give(config: dict[str, Any], billions: float):
    assert shape_of(config).parameters / 1e9 == pytest.approx(billions, rel=0.005)


def test_7b_in_4_bit_fits_24_gb_and_in_full_does_not_fit_80():
    small = reckon(QWEN25_7B, batch_size=8)
    assert 10 < small.gpu_gb < 24
    assert reckon(QWEN25_7B, mode="lora", batch_size=8).gpu_gb > 30
    assert reckon(QWEN25_7B, mode="full", batch_size=8).gpu_gb > 80
    # XTuner puts an adapter on every matrix: 2.5 M for each rank.
    assert small.trained_parameters == pytest.approx(161e6, rel=0.02)


def test_more_needs_more():
    plain = reckon(QWEN25_7B, batch_size=4)
    for more in ({"batch_size": 8}, {"batch_size": 4, "lora_r": 128}, {"batch_size": 4, "double_quant": False}):
        assert reckon(QWEN25_7B, **more).gpu_gb > plain.gpu_gb
    assert reckon(QWEN3_06B, batch_size=4).gpu_gb < plain.gpu_gb
    assert reckon(QWEN25_7B, batch_size=4, optimizer="PagedAdamW8bit").gpu_gb < plain.gpu_gb


def test_time_goes_with_the_card_and_the_number_of_cards():
    one = reckon(QWEN25_7B)
    assert reckon(QWEN25_7B, "NVIDIA H200, 143771 MiB").seconds < one.seconds < reckon(QWEN25_7B, "Tesla T4").seconds
    # 4.3 M tokens through 7 B parameters: minutes to hours on one card, not seconds and not days.
    assert 15 * 60 < one.seconds < 6 * 3600
    shared = estimate(
        shape_of(QWEN25_7B),
        XtunerSettings(launcher="pytorch", gpus=4),
        rows=8000,
        tokens_per_row=90,
        steps=750,
        card="NVIDIA A100",
    )
    assert shared.seconds == pytest.approx(one.seconds / 4, rel=0.01)


def test_it_says_that_it_was_computed():
    sentence = reckon(QWEN25_7B, "").sentence()
    assert "估算" in sentence
    assert "没有实测" in sentence


def test_a_config_without_sizes_is_told():
    with pytest.raises(KeyError, match="hidden_size"):
        shape_of({"model_type": "x"})
