"""Models that cannot be quantised are told of before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.quantising import fake_lmdeploy
from training.quantising.checking import check_model
from training.quantising.errors import NotReady


def test_a_model_tells_what_the_script_has_to_know(tmp_path: Path):
    found = check_model(fake_lmdeploy.model(tmp_path / "model"))
    assert found.chat is not None
    assert (found.chat.family, found.dtype, found.longest, found.layers) == ("qwen3", "bfloat16", 4096, 2)
    assert check_model(fake_lmdeploy.model(tmp_path / "half", torch_dtype="float16")).dtype == "float16"
    other = fake_lmdeploy.model(tmp_path / "other", model_type="mistral", architectures=["MistralForCausalLM"])
    assert check_model(other).chat is None


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"architectures": ["Qwen3MoeForCausalLM"]}, "Qwen3MoeForCausalLM"),
        ({"architectures": []}, "没有写 architectures"),
        ({"quantization_config": {"quant_method": "awq"}}, "已经量化过"),
        ({"hidden_size": 192}, "hidden_size 是 192"),
        ({"intermediate_size": 4863}, "intermediate_size 是 4863"),
        ({"num_attention_heads": 3}, "num_attention_heads × head_dim 是 192"),
        ({"architectures": ["QWenLMHeadModel"]}, "第一代 Qwen"),
    ],
)
def test_what_cannot_be_quantised_says_why(tmp_path: Path, config: dict, said: str):
    with pytest.raises(NotReady, match=said):
        check_model(fake_lmdeploy.model(tmp_path / "model", **config))


def test_a_folder_that_is_none(tmp_path: Path):
    with pytest.raises(NotReady, match="没有这个文件夹"):
        check_model(tmp_path / "none")
