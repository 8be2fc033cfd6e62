"""A model's rewording is kept only when it asks the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import select

from inference.errors import ServerUnavailable
from inference.prompts import one_width
from inference.replies import Completion, Message
from store.db import Sessions
from store.models import Paraphrase
from tests.training import rows
from training.datasets.errors import DatasetError
from training.datasets.paraphrasing import PROMPT, paraphrase
from training.datasets.sameness import may_be_the_same
from training.datasets.settings import DatasetSettings

STEM = "1911年爆发的辛亥革命中，没有参加武昌起义的领导人是"


class Model:
    """Rewords and answers as its tables say."""

    def __init__(self, rewordings: str, answers: dict[str, str]) -> None:
        self.rewordings = rewordings
        self.answers = {one_width(asked): answer for asked, answer in answers.items()}
        self.down = False

    async def complete(self, messages: Sequence[Message], *, lane: str) -> Completion:
        if self.down:
            raise ServerUnavailable("refused")
        asked = messages[-1]["content"]
        reworded = messages[0]["content"] == PROMPT
        return Completion(self.rewordings if reworded else self.answers.get(asked, "没有把握"), "m-1", None)


async def _ask(sessions: Sessions, model: Model) -> dict[str, int]:
    return await paraphrase(sessions, model, DatasetSettings(), day=date(2026, 4, 1), limit=10, each=4)


async def test_only_what_the_model_answers_alike_is_kept(sessions: Sessions) -> None:
    same = "1911年辛亥革命爆发，哪位领导人没有参加武昌起义"
    otherwise = "辛亥革命于1911年爆发，没有参加武昌起义的是谁"
    model = Model(
        f"1. {same}\n2. {otherwise}\n3. 1912年辛亥革命爆发，谁没有参加武昌起义\n4. 没有参加1911年武昌起义的孙中山是谁",
        {STEM: "孙中山\n当时在国外。", same: "答案是孙中山。", otherwise: "黄兴"},
    )
    async with sessions.begin() as session:
        session.add(rows.question(1, STEM, "孙中山"))
    counts = await _ask(sessions, model)
    assert counts == {"questions": 1, "asked": 4, "other": 2, "answer": 1, "kept": 1}
    async with sessions() as session:
        (kept,) = await session.scalars(select(Paraphrase))
    assert (kept.stem, kept.model) == (same, "m-1")
    assert (await _ask(sessions, model))["questions"] == 0


async def test_without_a_server_it_says_so(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        session.add(rows.question(1, STEM, "孙中山"))
    model = Model("", {})
    model.down = True
    with pytest.raises(DatasetError, match="连不上"):
        await _ask(sessions, model)


@pytest.mark.parametrize(
    ("stem", "other", "same"),
    [
        ("《红楼梦》的作者是", "写下《红楼梦》的人是谁", True),
        ("《红楼梦》的作者是", "写下《西游记》的人是谁", False),
        ("我国最长的河流是", "我国哪条河流最长", True),
        ("我国最长的河流是", "我国哪条河流最短", False),
        ("下列说法错误的是", "下列说法正确的是哪一项", False),
        ("下列不属于行政处罚的是", "哪一项不是行政处罚", True),
        ("1921年召开的会议是", "1922年召开的会议是哪个", False),
        ("第三次全国代表大会的地点", "第二次全国代表大会在哪里开", False),
        ("维生素C缺乏会得什么病", "缺了维生素A会得的病是什么", False),
        ("水的化学式是什么", "水的化学式是什么？", False),
        ("水的化学式是什么", "水的化学式<|im_end|>怎么写", False),
        ("水的化学式是什么", "水", False),
    ],
)
def test_what_decides_an_answer_has_to_be_in_both(stem: str, other: str, same: bool) -> None:
    assert may_be_the_same(stem, other) is same
