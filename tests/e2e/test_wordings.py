"""Fifty questions of the starter bank, asked as people type them."""

import random
from typing import Any

import pytest

from bot.services.reading import LETTERS
from store.wording import normal_form
from tests.peer import Peer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


def reworded(item: dict[str, Any], dice: random.Random) -> tuple[str, str]:
    """The question in another layout, and what the reply must start with."""
    stem = dice.choice(
        [
            lambda s: s,
            lambda s: s.replace("（　）", "(    )").rstrip("。？"),
            lambda s: "请问，" + s,
            lambda s: f"{dice.randint(1, 99)}、{s}",
            lambda s: " ".join(s[i : i + 7] for i in range(0, len(s), 7)),
            lambda s: s.replace("，", ",").replace("“", '"').replace("”", '"').replace("？", "?"),
        ]
    )(item["stem"])
    if item["kind"] in ("short", "judge"):
        tail = "对吗？" if item["kind"] == "judge" else ""
        return stem + tail, item["answer"]
    order = list(range(len(item["options"])))
    dice.shuffle(order)
    options = [item["options"][i] for i in order]
    keys = sorted(order.index(LETTERS.index(letter)) for letter in item["answer"])
    mark, gap = dice.choice([(".", "\n"), ("、", "\n"), ("．", "      "), (") ", "\n"), ("、", "")])
    pasted = stem + "\n" + gap.join(f"{LETTERS[i]}{mark}{option}" for i, option in enumerate(options))
    return pasted, "选" + "".join(LETTERS[i] for i in keys)


async def test_at_least_48_of_50_are_right(peer: Peer, starter_items):
    dice = random.Random(20)
    chosen = dice.sample(starter_items, 50)
    wrong = []
    for number, item in enumerate(chosen):
        text, expected = reworded(item, dice)
        await peer.group(text, group=7000 + number, user=dice.randint(1, 99))
        reply = await peer.reply_to(f"group:{7000 + number}")
        if not normal_form(reply).startswith(normal_form(expected)):
            wrong.append((text, expected, reply))
    assert len(wrong) <= 2, wrong
