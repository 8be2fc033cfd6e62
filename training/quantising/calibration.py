"""The texts that a model is calibrated on: those that it will meet, rendered as it will meet them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from inference.chat_template import ChatFormat
from inference.prompts import Turn, training_turn
from training.quantising.errors import NotReady
from training.quantising.settings import QuantisingSettings

# The shortest conversations, without a system prompt, have about so many tokens.
_LEAST_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Calibration:
    file: Path
    """One JSON string a line."""
    rows: int
    sha256: str


def write(source: Path, chat: ChatFormat | None, out: Path, settings: QuantisingSettings) -> Calibration:
    """Draw rows of *source*, render them and write them to *out*; the same for the same source and settings.

    A row is a conversation as training sets have it, a pair ``{"input", "output"}``, or a text that
    was rendered already: ``{"text": …}`` or a string.

    Raises:
        NotReady: *source* cannot be read or holds something else.
    """
    drawn = _draw(source, settings)
    if not drawn:
        raise NotReady(f"{source} 是空的，没有可以校准的题。")
    lines = [json.dumps(_text(line, number, source, chat), ensure_ascii=False) for number, line in drawn]
    # A lone surrogate, which JSON may hold, is no UTF-8.
    content = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(content)
    return Calibration(out, len(lines), sha256(content).hexdigest())


def _draw(source: Path, settings: QuantisingSettings) -> list[tuple[int, str]]:
    """At most as many lines, with their numbers, as could fill the windows, each as likely as the other."""
    most = max(1, settings.samples * settings.window // _LEAST_TOKENS)
    chance = Random(settings.seed)  # noqa: S311 - a draw, not a secret
    kept: list[tuple[int, str]] = []
    seen = 0
    try:
        with source.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                seen += 1
                if len(kept) < most:
                    kept.append((number, line))
                elif (place := chance.randrange(seen)) < most:
                    kept[place] = (number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise NotReady(f"校准题 {source} 读不了：{error}") from error
    chance.shuffle(kept)
    return kept


def _text(line: str, number: int, source: Path, chat: ChatFormat | None) -> str:
    try:
        row: Any = json.loads(line)
        if isinstance(row, str):
            return row
        if isinstance(row.get("text"), str):
            return str(row["text"])
        turns = _turns(row)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotReady(
            f'{source} 第 {number} 行看不懂。一行要么是 {{"conversation": [{{"input", "output"}}]}}，'
            '要么是 {"input", "output"}，要么是排好版的 {"text"}。'
        ) from error
    if chat is None:
        raise NotReady('不知道这种模型的对话格式，校准题要用排好版的文字：每行一个 {"text"}。')
    return chat.bos + "".join(chat.render(turn, with_answer=True) for turn in turns)


def _turns(row: dict[str, Any]) -> list[Turn]:
    if "conversation" not in row:
        return [training_turn(_words(row["input"]), _words(row["output"]))]
    turns = [
        Turn(system=_words(one.get("system") or ""), input=_words(one["input"]), output=_words(one["output"]))
        for one in row["conversation"]
    ]
    if not turns:
        raise ValueError("an empty conversation")
    return turns


def _words(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
