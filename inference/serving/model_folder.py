"""Whether a folder holds a model that can be served, said before minutes are spent on loading it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from inference.serving import architectures

_GIT_LFS = b"version https://git-lfs"


class BadModelFolder(Exception):
    """The folder cannot be served; the message is Chinese and says what to do."""


def check(folder: Path) -> None:
    """Return quietly when *folder* holds a Hugging Face model with all of its weights.

    Weights are looked for, not read, and of architectures only those are refused
    that LMDeploy dropped: folders are checked like this before a training too.
    What else a start needs, :func:`inference.serving.inspection.inspect` looks at.

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
        told = config_of(folder).get("quantization_config")
    except BadModelFolder:
        return None
    return str(cast("dict[str, Any]", told).get("quant_method") or "unknown") if isinstance(told, dict) else None


def config_of(folder: Path) -> dict[str, Any]:
    """What ``config.json`` in *folder* says.

    Raises:
        BadModelFolder: it is not there, or no JSON object.
    """
    return read_json(folder / "config.json")


def read_json(file: Path) -> dict[str, Any]:
    """The object in *file*.

    Raises:
        BadModelFolder: it cannot be read.
    """
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BadModelFolder(f"{file} 读不了，不是正确的 JSON，请重新下载。") from error


def is_placeholder(file: Path) -> bool:
    """Whether *file* is what Git LFS leaves in the place of a large file."""
    with file.open("rb") as opened:
        return opened.read(len(_GIT_LFS)) == _GIT_LFS


def _check_config(folder: Path) -> None:
    file = folder / "config.json"
    if not file.is_file():
        if (folder / "adapter_config.json").is_file():
            raise BadModelFolder(f"{folder} 只是 LoRA 适配器，请先和底座模型合并，再指向合并后的文件夹。")
        raise BadModelFolder(f"{folder} 里没有 config.json，不是 Hugging Face 模型文件夹，或者没下载完。")
    verdict = architectures.judge(config_of(folder))
    if verdict.engine == "dropped":
        raise BadModelFolder(verdict.sentence)


def _check_weights(folder: Path) -> None:
    shards = [*folder.glob("*.safetensors"), *folder.glob("pytorch_model*.bin")]
    if not shards:
        raise BadModelFolder(f"{folder} 里没有权重（*.safetensors 或 pytorch_model*.bin），可能没下载完。")
    for index in folder.glob("*.index.json"):
        missing = sorted(
            {name for name in read_json(index).get("weight_map", {}).values() if not (folder / name).exists()}
        )
        if missing:
            raise BadModelFolder(f"{folder} 少 {len(missing)} 个权重文件（{missing[0]} 等），请把模型下载完整。")
    for shard in shards:
        if is_placeholder(shard):
            raise BadModelFolder(f"{shard} 只是 Git LFS 的占位文件，请在模型文件夹里运行 git lfs pull。")
