"""What can be said before minutes are spent: whether base and data are what a training needs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.chat_template import ChatFormat, UnknownFamily, family_of
from inference.prompts import Turn
from inference.serving.model_folder import BadModelFolder, check
from training.xtuner.errors import NotReady
from training.xtuner.settings import XtunerSettings

# Seen with Qwen's and InternLM's vocabularies: two Chinese characters or four others in a token, at the best.
_WIDE_PER_TOKEN = 2.0
_NARROW_PER_TOKEN = 4.0


@dataclass(frozen=True, slots=True)
class Base:
    """A model to start from."""

    folder: Path
    config: dict[str, Any]
    chat: ChatFormat


@dataclass(frozen=True, slots=True)
class Data:
    """A file of conversations."""

    file: Path
    rows: int
    tokens_per_row: float
    """A guess from the characters; rather more than less, for estimates."""


def check_base(folder: Path, settings: XtunerSettings, *, on_cpu: bool) -> Base:
    """The base model in *folder*.

    Raises:
        NotReady: it is not there, not whole, of no known family, or cannot be trained like this.
    """
    try:
        check(folder)
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        chat = family_of(config)
    except (BadModelFolder, UnknownFamily) as error:
        where = "" if str(folder) in str(error) else f" {folder} "
        raise NotReady(f"底座模型{where}不能用：{error}") from error
    for shard in sorted(folder.glob("*.safetensors")):
        if not _is_whole(shard):
            raise NotReady(f"底座模型的 {shard} 不完整，多半没下载完，请重新下载。")
    if config.get("quantization_config") and settings.mode != "lora":
        raise NotReady(f"{folder} 是已经量化过的模型，不能再训练。请换成没有量化的底座。")
    if on_cpu and settings.launcher != "none":
        raise NotReady('没有显卡时只能用一个进程训练。把 [training.xtuner] 的 launcher 改成 "none"，gpus 改成 1。')
    if on_cpu and settings.mode == "qlora" and config.get("model_type") == "qwen2":
        raise NotReady('XTuner 在 CPU 上不能用 4 比特训练 Qwen2。把 [training.xtuner] 的 mode 改成 "lora"，或用显卡。')
    return Base(folder, config, chat)


def _is_whole(shard: Path) -> bool:
    """Whether the file is as long as its head says; weights are not read."""
    try:
        with shard.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            size = shard.stat().st_size
            told: dict[str, dict[str, Any]] = json.loads(file.read(length)) if length <= size - 8 else {}
        ends = [int(tensor["data_offsets"][1]) for name, tensor in told.items() if name != "__metadata__"]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return False
    return bool(ends) and size == 8 + length + max(ends)


def check_data(file: Path, chat: ChatFormat, settings: XtunerSettings) -> Data:
    """The conversations in *file*.

    Raises:
        NotReady: there are none, a line is not one, or one is surely too long for ``max_length``.
    """
    if any(letter in str(file) for letter in "*?[]"):
        # datasets would look for a pattern.
        raise NotReady(f"训练数据的路径里不能有 * ? [ ]：{file}")
    rows, guessed = 0, 0.0
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                text = "".join(chat.render(turn, with_answer=True) for turn in _conversation(line, number, file))
                if (least := _least_tokens(text)) > settings.max_length:
                    raise NotReady(
                        f"{file} 第 {number} 行至少有 {least:.0f} 个 token，超过 max_length = {settings.max_length}，"
                        "答案会被截掉。把 max_length 调大，或去掉这一行。"
                    )
                rows += 1
                guessed += 1.5 * least
    except (OSError, UnicodeDecodeError) as error:
        raise NotReady(f"训练数据 {file} 读不了：{error}") from error
    if not rows:
        raise NotReady(f"训练数据 {file} 是空的。")
    return Data(file, rows, guessed / rows)


def _conversation(line: str, number: int, file: Path) -> list[Turn]:
    told: list[Turn] = []
    try:
        turns: list[dict[str, Any]] = json.loads(line)["conversation"]
        for one in turns:
            texts: list[Any] = [one.get("system") or "", one["input"], one["output"]]
            if all(isinstance(text, str) for text in texts):
                told.append(Turn(system=texts[0], input=texts[1], output=texts[2]))
        whole = len(told) == len(turns)
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not told or not whole:
        raise NotReady(
            f'{file} 第 {number} 行不是一段对话，要的是 {{"conversation": [{{"system", "input", "output"}}]}}。'
        )
    return told


def _least_tokens(text: str) -> float:
    narrow = sum(letter.isascii() for letter in text)
    return narrow / _NARROW_PER_TOKEN + (len(text) - narrow) / _WIDE_PER_TOKEN
