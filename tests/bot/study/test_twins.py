"""Which questions are twins."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.services.study.twins import Twins
from store.db import Sessions
from store.models import Question
from store.search import IndexKeeper
from tests.questions import add

TODAY = date(2027, 1, 1)
TOWER: dict[str, Any] = {
    "kind": "single",
    "stem": "江南三大名楼中位于湖南的是（ ）。",
    "options": ["岳阳楼", "黄鹤楼", "滕王阁", "鹳雀楼"],
    "answer": "A",
}
TWIN: dict[str, Any] = {
    "kind": "single",
    "stem": "江南三大名楼之一的黄鹤楼位于哪个城市？",
    "options": ["武汉", "南昌", "长沙", "杭州"],
    "answer": "A",
}
FILL = [
    {"kind": "single", "stem": f"虚构的第 {at} 件事发生在哪年？", "options": ["一九", "二九", "三九"], "answer": "B"}
    for at in range(30)
]


NO_TWINS: dict[str, dict[str, Any]] = {
    "reworded": TOWER | {"stem": "江南三大名楼里位于湖南的是哪座？", "fingerprint": "1" * 32},
    "same options": TOWER
    | {"stem": "下列名楼，位于湖南岳阳的是哪一座？", "options": ["岳阳楼", "黄鹤楼", "滕王阁", "蓬莱阁"]},
    "category": TWIN | {"category": "文学"},
    "disputed": TWIN | {"status": "disputed"},
    "unanswered": TWIN | {"answer": "", "status": "unanswered"},
    "short": TWIN | {"kind": "short", "options": [], "answer": "武汉"},
    "material": TWIN | {"material": "一段很长的材料。"},
    "expired": TWIN | {"valid_until": date(2026, 12, 31)},
    "other": TWIN | {"stem": "下列国家中领土最大的是（ ）。", "options": ["俄罗斯", "加拿大"]},
    "long": TWIN | {"stem": TWIN["stem"] + "长" * 300},
}


async def twin_of(sessions: Sessions, *rows: dict[str, Any], avoid: tuple[int, ...] = ()) -> Question | None:
    """The twin of the first of *rows* in a bank of these and thirty others."""
    await add(sessions, *rows, *FILL)
    index = IndexKeeper(sessions, None)
    await index.catch_up()
    async with sessions() as session:
        question = await session.get_one(Question, 1)
        return await Twins(index).of(session, question, today=TODAY, avoid=avoid)


async def test_another_question_on_the_same_point(sessions: Sessions):
    twin = await twin_of(sessions, TOWER, TWIN)
    assert twin is not None
    assert twin.stem == TWIN["stem"]


async def test_a_short_question_has_a_twin_with_options(sessions: Sessions):
    asked = {"kind": "short", "stem": "《岳阳楼记》的作者是谁？", "answer": "范仲淹"}
    twin = await twin_of(
        sessions,
        asked,
        {
            "kind": "single",
            "stem": "“先天下之忧而忧”出自范仲淹的哪篇文章？",
            "options": ["《岳阳楼记》", "《醉翁亭记》"],
            "answer": "A",
        },
    )
    assert twin is not None
    assert twin.options == ["《岳阳楼记》", "《醉翁亭记》"]


@pytest.mark.parametrize("why", sorted(NO_TWINS))
async def test_what_is_no_twin(sessions: Sessions, why: str):
    assert await twin_of(sessions, TOWER, NO_TWINS[why]) is None


async def test_what_the_member_has_met_comes_only_when_there_is_no_other(sessions: Sessions):
    second = TWIN | {"stem": "江南三大名楼之首滕王阁在哪座城市？", "answer": "B"}
    twin = await twin_of(sessions, TOWER, TWIN, second, avoid=(2,))
    assert twin is not None
    assert twin.id == 3


async def test_without_an_index_there_is_none(sessions: Sessions):
    await add(sessions, TOWER, TWIN)
    async with sessions() as session:
        question = await session.get_one(Question, 1)
        assert await Twins(IndexKeeper(sessions, None)).of(session, question, today=TODAY) is None
