"""Questions that a model must answer before anybody else asks it."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.client import ModelClient
from inference.config import InferenceConfig
from inference.errors import InferenceError
from inference.prompts import question_messages
from inference.serving.process import Launch
from training.releases.errors import NotFit

_AT_ONCE = 8
_LIMIT_S = 60.0
_TOKENS = 64
PLAIN = ("我国第一部纪传体通史是什么？", "光合作用产生的气体主要是什么？", "地球绕太阳公转一周大约要多久？")
"""For a model that no evaluation knows: that it answers at all is all that can be said."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A question, and the first line of the answer that the evaluation got; empty when any answer will do."""

    question: str
    first_line: str = ""


def trials(replies: Path | None, count: int) -> list[Trial]:
    """What the model of these evaluation *replies* is tried with: *count* of those that it answered right.

    Always the same ones, so that two starts can be compared.
    """
    found: list[Trial] = []
    if replies is not None and replies.is_file():
        with replies.open(encoding="utf-8") as lines:
            for line in lines:
                one: dict[str, Any] = json.loads(line)
                if one["right"] and not one["truncated"] and one["set"] != "guard":
                    found.append(Trial(one["input"], _first_line(one["reply"])))
    if len(found) < count or not count:
        return [Trial(question) for question in PLAIN]
    return random.Random(1).sample(found, count)  # noqa: S311 - no secret


async def warm_and_try(launch: Launch, asked: Sequence[Trial], *, percent: float, with_format: str) -> dict[str, Any]:
    """Ask the server of *launch* all of *asked*, as the bot will; the figures.

    Raises:
        NotFit: it does not answer, or fewer than *percent* of them as in its evaluation.
    """
    config = InferenceConfig(
        base_url=(launch.url,),
        model=launch.model,
        max_tokens=_TOKENS,
        chat_format=with_format,  # pyright: ignore[reportArgumentType] - checked by the model
        total_timeout_s=_LIMIT_S,
        first_token_timeout_s=_LIMIT_S,
        max_concurrency=_AT_ONCE,
        max_per_lane=_AT_ONCE,
        breaker_failures=1000,
    )
    began = time.monotonic()
    async with ModelClient(config, launch.api_key) as client:
        try:
            # The first one warms it up, alone: engines compile for it.
            replies = [(await client.complete(question_messages(asked[0].question), lane="smoke")).text]
            replies += [
                done.text
                for done in await asyncio.gather(
                    *(client.complete(question_messages(one.question), lane="smoke") for one in asked[1:])
                )
            ]
        except InferenceError as error:
            raise NotFit(f"试问的题没答上来（{error.reason}）。") from error
    same = sum(
        not one.first_line or _first_line(reply) == one.first_line for one, reply in zip(asked, replies, strict=True)
    )
    figures = {"asked": len(asked), "same": same, "seconds": round(time.monotonic() - began, 2)}
    if same < len(asked) * percent / 100:
        raise NotFit(f"试问 {len(asked)} 题，只有 {same} 题和评测时答得一样，不能上线。")
    return figures


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()
