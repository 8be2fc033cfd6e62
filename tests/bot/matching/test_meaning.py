"""The sentence model orders near questions; it never accepts one."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace

import pytest

from bot.services.matching.meaning import Meaning, installed
from tests.bot.matching.test_verifier import item

pytestmark = pytest.mark.skipif(not installed() and not os.environ.get("CI"), reason="the extra meaning is missing")

STEMS = ("我国面积最大的咸水湖是哪个湖？", "衡量居民收入分配差距的系数叫什么？", "太阳系中体积最大的行星是哪一颗？")


async def test_the_question_that_means_the_same_comes_first():
    items = [replace(item(stem, "甲"), id=at) for at, stem in enumerate(STEMS)]
    meaning = Meaning()
    ranked, again = await asyncio.gather(
        meaning.rank("反映贫富差距的指标是什么", items), meaning.rank("哪颗行星个头最大", items)
    )
    assert (ranked[0].id, again[0].id) == (1, 2)
    assert {one.id for one in ranked} == {0, 1, 2}


async def test_nothing_and_one_need_no_model():
    only = item(STEMS[0], "甲")
    assert await Meaning().rank("问", []) == ()
    assert await Meaning().rank("问", [only]) == (only,)
