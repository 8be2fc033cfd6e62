"""Which engine of LMDeploy 0.18.0 runs a model, told from its ``config.json``.

Taken from the wheel lmdeploy-0.18.0: ``SUPPORTED_ARCHS`` and ``is_supported`` of
``lmdeploy/turbomind/supported_models.py``; ``MODULE_MAP`` and ``REMOVED_MODEL_MAP``
of ``lmdeploy/pytorch/models/module_map.py``; ``check_vl_llm`` of ``lmdeploy/archs.py``;
``get_tm_config`` of ``lmdeploy/turbomind/converter.py`` for quantised weights.
Mistral, Gemma, ChatGLM and DeepSeek are not TurboMind's any more, whatever its
table of supported models says. Asked for TurboMind, LMDeploy runs what only its
PyTorch engine knows on that one, without a word but in its log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

Engine = Literal["turbomind", "pytorch", "dropped", "unknown"]

_USE_INSTEAD = "请换用 internlm2、internlm3、qwen2.5 或 qwen3 系列。"

_TURBOMIND_NAMES = """
    Qwen2ForCausalLM Qwen2MoeForCausalLM Qwen2VLForConditionalGeneration Qwen2_5_VLForConditionalGeneration
    Qwen3ForCausalLM Qwen3MoeForCausalLM Qwen3_5ForConditionalGeneration Qwen3_5MoeForConditionalGeneration
    InternS2PreviewForConditionalGeneration InternS2MobiusForConditionalGeneration InternVLChatModel
    InternVLForConditionalGeneration InternS1ForConditionalGeneration LlamaForCausalLM InternLM2ForCausalLM
    InternLM3ForCausalLM Glm4MoeLiteForCausalLM GptOssForCausalLM MixtralForCausalLM
"""
TURBOMIND = frozenset(_TURBOMIND_NAMES.split())
_PYTORCH_ONLY_NAMES = """
    ChatGLMForConditionalGeneration CogVLMForCausalLM DeepseekForCausalLM DeepseekV2ForCausalLM DeepseekV3ForCausalLM
    DeepseekV32ForCausalLM DeepseekV4ForCausalLM DeepseekVLV2ForCausalLM Gemma2ForCausalLM Gemma3ForCausalLM
    Gemma3ForConditionalGeneration GemmaForCausalLM Glm4ForCausalLM Glm4MoeForCausalLM Glm4vForConditionalGeneration
    GlmMoeDsaForCausalLM HYV3ForCausalLM InternS1ProForConditionalGeneration InternS1_1_ForConditionalGeneration
    InternS2MobiusForCausalLM InternS2PreviewForCausalLM KimiK25ForConditionalGeneration
    Kimi_K25ForConditionalGeneration Llama4ForConditionalGeneration LlavaForConditionalGeneration
    LlavaNextForConditionalGeneration MetaMoeForConditionalGeneration MiniCPM3ForCausalLM MiniCPMV MistralForCausalLM
    Phi3ForCausalLM Phi3VForCausalLM PhiMoEForCausalLM Qwen3NextForCausalLM Qwen3OmniMoeForConditionalGeneration
    Qwen3VLForConditionalGeneration Qwen3VLMoeForConditionalGeneration SDARForCausalLM SDARMoeForCausalLM
"""
PYTORCH_ONLY = frozenset(_PYTORCH_ONLY_NAMES.split())
DROPPED = {
    "InternLMForCausalLM": "第一代 InternLM（如 internlm-chat-7b）",
    "QWenLMHeadModel": "第一代 Qwen（如 Qwen-7B-Chat、Qwen-VL）",
    "BaiChuanForCausalLM": "Baichuan",
    "BaichuanForCausalLM": "Baichuan 和 Baichuan2",
    "Starcoder2ForCausalLM": "StarCoder2",
    "InternLM2VEForCausalLM": "Mono-InternVL",
    "MllamaForConditionalGeneration": "Llama 3.2 Vision",
}
# No chat models: they judge answers or help another model along.
_OTHER_USE_NAMES = """
    InternLM2ForRewardModel Qwen2ForRewardModel EagleLlamaForCausalLM Eagle3LlamaForCausalLM
    Eagle3DeepseekV2ForCausalLM DFlashDraftModel DeepseekMTPModel DeepseekV32MTPModel Glm4MoeMTPModel
    GlmMoeDsaMTPModel HYV3MTP Qwen3_5MTPModel
"""
_OTHER_USE = frozenset(_OTHER_USE_NAMES.split())
_WITH_PICTURES = frozenset({"InternVLChatModel", "MiniCPMV", "Phi3VForCausalLM", "CogVLMForCausalLM"})
_FOUR_BIT = ("awq", "gptq")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who runs a model."""

    engine: Engine
    name: str
    """Of the architecture; empty when the config has none."""
    sentence: str = ""
    """For people: why not TurboMind, and what to do; empty when it is TurboMind."""
    pictures: bool = False
    """It is made for pictures as well; the bot uses its words only."""

    @property
    def runs(self) -> bool:
        """Whether LMDeploy starts it at all."""
        return self.engine in ("turbomind", "pytorch")


def judge(config: Mapping[str, Any]) -> Verdict:
    """Who runs the model with this ``config.json``."""
    name, pytorch_names = _names(config)
    listed = [name, *pytorch_names]
    pictures = name in _WITH_PICTURES or name.endswith("ForConditionalGeneration") or "vision_config" in config
    for old, title in DROPPED.items():
        if old in listed:
            return Verdict("dropped", old, f"这是{title}，LMDeploy 0.18 已不再支持。{_USE_INSTEAD}")
    if not name:
        return Verdict("unknown", "", f"config.json 里没有 architectures，看不出是什么模型。{_USE_INSTEAD}")
    smooth = _quantisation(config).get("quant_method") == "smooth_quant"
    glm_with_pictures = name == "Glm4MoeLiteForCausalLM" and "vision_config" in config
    if name in TURBOMIND and not smooth and not glm_with_pictures:
        return Verdict("turbomind", name, pictures=pictures)
    known = next((one for one in pytorch_names if one in PYTORCH_ONLY or one in TURBOMIND), None)
    if known:
        what = "w8a8（smooth_quant）量化的模型" if smooth else known
        return Verdict(
            "pytorch",
            known,
            f"TurboMind 不支持 {what}，LMDeploy 会改用它的 pytorch 引擎：能用，但慢一些，这里算的显存也不准。"
            f"想要快，{_USE_INSTEAD.removeprefix('请')}",
            pictures,
        )
    if any(one in _OTHER_USE for one in listed):
        return Verdict("unknown", name, f"{name} 是打分或加速用的模型，不会聊天。{_USE_INSTEAD}")
    return Verdict("unknown", name, f"LMDeploy 0.18 不支持这种模型（{name}）。{_USE_INSTEAD}", pictures)


def refusal_of_weights(config: Mapping[str, Any]) -> str | None:
    """Why TurboMind would not read the quantised weights, for people; ``None`` when it does."""
    told = _quantisation(config)
    method = told.get("quant_method")
    if method is None:
        return None
    if method not in (*_FOUR_BIT, "fp8", "mxfp4", "compressed-tensors"):
        return f"TurboMind 读不了 {method} 量化的权重，请换用 AWQ 量化的，或者没有量化的模型。"
    if method in _FOUR_BIT and told.get("bits", told.get("w_bit", 4)) != 4:
        return f"TurboMind 只会 4 比特的 {method}，请换一个 4 比特的模型。"
    if method in _FOUR_BIT and told.get("group_size", told.get("q_group_size", 128)) not in (0, 128):
        return f"TurboMind 只会 group_size = 128 的 {method}，请按 128 重新量化。"
    if method == "awq" and told.get("version") != "gemm":
        return f"TurboMind 只会 gemm 版的 AWQ，这个模型是 {told.get('version')}，请重新量化。"
    if method == "gptq" and (told.get("desc_act") or not told.get("sym", True)):
        return "TurboMind 不会 desc_act 或不对称的 GPTQ，请换用 AWQ 量化的模型。"
    return None


def _names(config: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The name that TurboMind goes by, and those that the PyTorch engine tries."""
    listed = [str(name) for name in cast("list[object]", config.get("architectures") or [])]
    told = config.get("auto_map")
    auto_map = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    mapped = str(auto_map.get("AutoModelForCausalLM") or "").split(".")[-1]
    first = listed[0] if listed else mapped
    return first, [mapped] if mapped else listed


def _quantisation(config: Mapping[str, Any]) -> dict[str, Any]:
    told = config.get("quantization_config")
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}
