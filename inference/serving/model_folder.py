"""Whether a folder holds a model that can be served, said before minutes are spent on loading it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

_GIT_LFS = b"version https://git-lfs"
# Architectures that LMDeploy 0.18 dropped from both of its engines.
_DROPPED = {
    "InternLMForCausalLM": "第一代 InternLM（如 internlm-chat-7b）",
    "QWenLMHeadModel": "第一代 Qwen（如 Qwen-7B-Chat）",
    "BaiChuanForCausalLM": "Baichuan",
    "BaichuanForCausalLM": "Baichuan",
}


class BadModelFolder(Exception):
    """The folder cannot be served; the message is Chinese and says what to do."""


def check(folder: Path) -> None:
    """Return quietly when *folder* holds a Hugging Face model with all of its weights.

    Weights are looked for, not read. Whether the architecture is supported is
    left to the engine, except for those of 2023 that people still have.

    Raises:
        BadModelFolder: something is missing or too old.
    """
    if not folder.is_dir():
        hint = "这里要的是已经下载好的模型文件夹，不是模型名。" if len(folder.parts) == 2 else "请检查路径。"
        raise BadModelFolder(f"没有这个文件夹：{folder}。{hint}")
    if (folder / "triton_models").is_dir():
        raise BadModelFolder(
            f"{folder} 是 LMDeploy 0.1 时代 convert 出来的工作区（有 triton_models）。"
            "现在不用转换：直接指向原来的 Hugging Face 模型文件夹。"
        )
    _check_config(folder)
    _check_weights(folder)


def quantisation(folder: Path) -> str | None:
    """How the weights in *folder* are quantised, by the name in its config.json: ``awq``; ``None`` when they are not."""
    try:
        told = _read(folder / "config.json").get("quantization_config")
    except BadModelFolder:
        return None
    return str(cast("dict[str, Any]", told).get("quant_method") or "unknown") if isinstance(told, dict) else None


def _check_config(folder: Path) -> None:
    file = folder / "config.json"
    if not file.is_file():
        if (folder / "adapter_config.json").is_file():
            raise BadModelFolder(f"{folder} 只是 LoRA 适配器，请先和底座模型合并，再指向合并后的文件夹。")
        raise BadModelFolder(f"{folder} 里没有 config.json，不是 Hugging Face 模型文件夹，或者没下载完。")
    names: list[object] = _read(file).get("architectures") or []
    for name in map(str, names):
        if name in _DROPPED:
            raise BadModelFolder(
                f"这是{_DROPPED[name]}，LMDeploy 0.18 已不再支持。请换用 internlm2、internlm3、qwen2.5 或 qwen3 系列。"
            )


def _check_weights(folder: Path) -> None:
    shards = [*folder.glob("*.safetensors"), *folder.glob("pytorch_model*.bin")]
    if not shards:
        raise BadModelFolder(f"{folder} 里没有权重（*.safetensors 或 pytorch_model*.bin），可能没下载完。")
    for index in folder.glob("*.index.json"):
        missing = sorted({name for name in _read(index).get("weight_map", {}).values() if not (folder / name).exists()})
        if missing:
            raise BadModelFolder(f"{folder} 少 {len(missing)} 个权重文件（{missing[0]} 等），请把模型下载完整。")
    for shard in shards:
        with shard.open("rb") as file:
            if file.read(len(_GIT_LFS)) == _GIT_LFS:
                raise BadModelFolder(f"{shard} 只是 Git LFS 的占位文件，请在模型文件夹里运行 git lfs pull。")


def _read(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BadModelFolder(f"{file} 读不了，不是正确的 JSON，请重新下载。") from error
