"""What can be said of a model before minutes are spent on quantising it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.chat_template import ChatFormat, UnknownFamily, family_of
from inference.serving import model_folder
from training.quantising.errors import NotReady

GROUP = 128
"""Weights that share a scale; TurboMind reads no other size."""
# Of those that LMDeploy 0.18 names, the ones without experts: with experts it finds no layer to calibrate.
_KNOWN = {
    "Qwen2ForCausalLM",
    "Qwen3ForCausalLM",
    "InternLM2ForCausalLM",
    "InternLM3ForCausalLM",
    "LlamaForCausalLM",
    "MistralForCausalLM",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A model that can be quantised."""

    folder: Path
    chat: ChatFormat | None
    """``None`` for a family that we do not know: then only rendered texts calibrate it."""
    dtype: str
    """``float16`` or ``bfloat16``: what the weights become that are not quantised."""
    longest: int
    """Tokens that it can read at once; 0 when it does not say."""
    layers: int
    """0 when it does not say."""


def check_model(folder: Path) -> Subject:
    """The model in *folder*.

    Raises:
        NotReady: it is not there, not whole, quantised already, or of a shape that cannot be quantised.
    """
    try:
        model_folder.check(folder)
    except model_folder.BadModelFolder as error:
        raise NotReady(str(error)) from error
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if model_folder.quantisation(folder) is not None:
        raise NotReady(f"{folder} 已经量化过了，直接用它就行。")
    listed: list[object] = config.get("architectures") or []
    names = [str(name) for name in listed]
    if not _KNOWN.intersection(names):
        what = "、".join(names) or "没有写 architectures"
        raise NotReady(
            f"LMDeploy 不会用校准题量化这种模型：{what}。Qwen2.5、Qwen3、InternLM2、InternLM3、Llama 3、Mistral 的"
            "稠密模型（不是 MoE）可以。"
        )
    _check_sizes(config)
    try:
        chat = family_of(config)
    except UnknownFamily:
        chat = None
    dtype = str(config.get("dtype") or config.get("torch_dtype") or "")
    return Subject(
        folder,
        chat,
        # As TurboMind, which makes bfloat16 of everything else.
        dtype="float16" if dtype == "float16" else "bfloat16",
        longest=int(config.get("max_position_embeddings") or 0),
        layers=int(config.get("num_hidden_layers") or 0),
    )


def _check_sizes(config: dict[str, Any]) -> None:
    heads, hidden = config.get("num_attention_heads"), config.get("hidden_size")
    head = config.get("head_dim") or (hidden // heads if hidden and heads else None)
    sizes = {
        "hidden_size": hidden,
        "intermediate_size": config.get("intermediate_size"),
        "num_attention_heads × head_dim": head * heads if head and heads else None,
    }
    for name, size in sizes.items():
        if size and size % GROUP:
            raise NotReady(f"这个模型的 {name} 是 {size}，不是 {GROUP} 的倍数，量化不了。换一个底座，或者不量化。")
