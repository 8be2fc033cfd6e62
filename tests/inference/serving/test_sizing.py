"""Sizes against published models, and what must hold of any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.serving import shapes, sizing
from inference.serving.shapes import UnknownShape, kv_bytes_per_token, published_bytes, shape_of
from inference.serving.sizing import Need, fits_beside, need, share_beside
from tests.inference.serving.model_folders import INTERNLM2_18B, QWEN25_7B, whole

GIB = 1024
AWQ = {"quantization_config": {"quant_method": "awq"}}


@pytest.mark.parametrize(("config", "total"), [(QWEN25_7B, 15_231_233_024), (INTERNLM2_18B, 3_778_220_032)])
def test_weights_by_shape_are_the_published_ones(config: dict[str, Any], total: int):
    """``total_size`` of Qwen2.5-7B-Instruct's index; two bytes for each of InternLM2-1.8B's 1,889,110,016 parameters."""
    assert published_bytes(config) == total


def test_weights_in_4_bit_are_near_a_third():
    assert 0.35 < published_bytes(QWEN25_7B | AWQ) / published_bytes(QWEN25_7B) < 0.38


def test_a_token_of_cache_takes_what_its_makers_say():
    """2 · 28 layers · 4 heads · 128 · 2 bytes; with 8 bits a byte each and 4 bytes of scale and zero a head."""
    shape = shape_of(QWEN25_7B)
    assert kv_bytes_per_token(shape) == 57_344
    assert kv_bytes_per_token(shape, kv_bits=8) == 2 * 28 * 4 * (128 + 4)
    assert kv_bytes_per_token(shape, kv_bits=4) == 2 * 28 * 4 * (64 + 4)
    assert kv_bytes_per_token(shape, tp=2) == 57_344 // 2
    assert kv_bytes_per_token(shape, tp=8) == 57_344 // 4


def test_layers_with_a_recurrent_state_and_nested_configs_are_understood():
    kinds = ["linear_attention", "linear_attention", "linear_attention", "full_attention"]
    told = {**QWEN25_7B, "num_hidden_layers": 4, "layer_types": kinds, "tie_word_embeddings": True}
    shape = shape_of({"vision_config": {}, "text_config": told})
    assert (shape.layers, shape.cached_layers, shape.tied) == (4, 1, True)
    assert shapes.second_embedding_bytes(shape) == 2 * 152_064 * 3584


@pytest.mark.parametrize("lacks", [{"hidden_size": None}, {"num_attention_heads": 0}, {"kv_lora_rank": 512}])
def test_a_shape_that_is_not_told_is_an_error(lacks: dict[str, Any]):
    with pytest.raises(UnknownShape):
        shape_of(QWEN25_7B | lacks)


def test_experts_are_reckoned_from_files_alone():
    config = QWEN25_7B | {"num_experts_per_tok": 8, "moe_intermediate_size": 768}
    assert shape_of(config).inner == 8 * 768
    with pytest.raises(UnknownShape):
        published_bytes(config)


def test_the_card_tells_how_many_requests_run():
    assert shapes.engine_batch("NVIDIA H100 80GB HBM3") == 1024
    assert shapes.engine_batch("NVIDIA GeForce RTX 4090") == 128


def test_a_7b_fits_on_24_gib_and_not_on_12():
    one = need(QWEN25_7B)
    fit = one.on(24 * GIB)
    assert fit is not None
    assert fit.share == 0.8
    assert fit.sessions(8192) == fit.tokens // 8192
    assert one.on(12 * GIB) is None


def test_the_folders_weights_are_those_of_its_files(tmp_path: Path):
    folder = whole(tmp_path / "m")
    assert sizing.need_of(folder) == need(QWEN25_7B)
    assert sizing.need_of(folder, tp=2).least_mib(0.8) < need(QWEN25_7B).least_mib(0.8)


def test_what_an_h100_measured_is_what_is_computed():
    """LMDeploy's own "Object cache budget … from free …", with 24,167 MiB of the card left free for it."""
    free = 24_167
    plain, four_bit = need(QWEN25_7B, max_batch=128), need(QWEN25_7B | AWQ, max_batch=128)
    for one, free_then, budget in ((plain, 8687, 6949), (four_bit, 16_431, 13_144)):
        fit = one.on(free)
        assert fit is not None
        assert free - one.context_mib - one.weights_mib == pytest.approx(free_then, rel=0.01)
        assert fit.cache_mib == pytest.approx(budget, rel=0.01)


def test_a_second_7b_needs_more_than_24_gib_and_has_room_on_48():
    one = need(QWEN25_7B)
    assert fits_beside(24 * GIB, one, one) is None
    both = fits_beside(48 * GIB, one, one)
    assert both is not None
    assert both.first.sessions(8192) >= 1
    assert both.second.sessions(8192) >= 1
    four_bit = need(QWEN25_7B | AWQ)
    assert fits_beside(24 * GIB, four_bit, four_bit) is not None


def test_a_candidate_leaves_its_workspace_free():
    share = share_beside(10_000, 6000, workspace_mib=1700, context_mib=600)
    assert share == 0.5
    assert share_beside(10_000, 6000, workspace_mib=1700, session_mib=1701, context_mib=600) is None
    assert share_beside(6600, 6000, workspace_mib=0, context_mib=600) is None
    assert share_beside(10_000, 6000, workspace_mib=1700, keep_mib=1700, context_mib=600) is None


def configs() -> st.SearchStrategy[dict[str, Any]]:
    """Shapes as people make them; heads of 128."""
    return st.builds(
        lambda heads, groups, layers, inner, words: {
            "model_type": "qwen2",
            "hidden_size": heads * 128,
            "intermediate_size": inner,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "num_key_value_heads": max(1, heads // groups),
            "vocab_size": words,
        },
        st.sampled_from([8, 16, 28, 32, 40]),
        st.sampled_from([1, 2, 4, 7, 8]),
        st.integers(1, 80),
        st.integers(256, 30_000),
        st.integers(1000, 160_000),
    )


needs = st.builds(
    lambda config, length, bits: need(config, session_len=length, kv_bits=bits),
    configs(),
    st.integers(256, 32_768),
    st.sampled_from([0, 4, 8]),
)
shares = st.floats(0.05, 0.95)


@given(needs, st.integers(0, 100_000), st.integers(0, 20_000), shares)
def test_more_memory_never_means_fewer_tokens(one: Need, free: int, more: int, share: float):
    before, after = one.on(free, share), one.on(free + more, share)
    if before is not None:
        assert after is not None
        assert after.tokens >= before.tokens


@given(needs, st.integers(0, 100_000), shares)
def test_nothing_is_promised_twice(one: Need, free: int, share: float):
    fit = one.on(free, share)
    if fit is not None:
        assert fit.share <= share + 1e-9  # it is rounded
        assert fit.sessions(one.session_len) >= 1
        assert one.context_mib + one.weights_mib + one.workspace_mib + fit.cache_mib <= free


@given(needs, st.integers(0, 100_000), shares)
def test_what_has_less_than_the_least_does_not_start(one: Need, free: int, share: float):
    """Neither with this share, nor is it ever promised with it."""
    fit = one.on(free, share)
    if fit is not None and abs(fit.share - share) < 0.001:
        assert free >= one.least_mib(fit.share)


@given(needs, needs, st.integers(0, 200_000))
def test_two_models_never_take_more_than_there_is(first: Need, second: Need, gpu: int):
    both = fits_beside(gpu, first, second)
    if both is None:
        return
    taken = sum(one.context_mib + one.weights_mib + one.workspace_mib for one in (first, second))
    assert taken + both.first.cache_mib + both.second.cache_mib <= gpu
    assert both.first.sessions(first.session_len) >= 1
    assert both.second.sessions(second.session_len) >= 1


@given(configs(), st.integers(256, 16_384))
def test_a_smaller_cache_and_more_gpus_never_need_more(config: dict[str, Any], length: int):
    whole_cache = need(config, session_len=length)
    assert need(config, session_len=length, kv_bits=8).block_bytes < whole_cache.block_bytes
    assert (
        need(config, session_len=length, kv_bits=4).block_bytes
        < need(config, session_len=length, kv_bits=8).block_bytes
    )
    split = need(config, session_len=length, tp=2)
    assert split.weights_mib <= whole_cache.weights_mib
    assert split.block_bytes <= whole_cache.block_bytes
