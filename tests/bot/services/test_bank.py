"""When a bank item answers, and when it must not."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.services.bank import Bank, Hit, Miss
from bot.services.reading import LETTERS, read
from store.bank import bump_version
from store.models import Question, QuestionWording
from store.wording import fingerprint, stem_hash

TODAY = date(2026, 11, 23)
OPTIONS = ["故宫", "白宫", "卢浮宫", "克里姆林宫"]


def item(stem: str, answer: str, *, kind: str = "short", options: list[str] | None = None, **more: Any) -> Question:
    return Question(
        kind=kind,
        stem=stem,
        answer=answer,
        options=options or [],
        fingerprint=fingerprint(stem, options or []),
        stem_hash=stem_hash(stem),
        **more,
    )


@pytest.fixture
async def bank(sessions) -> Bank:
    palace = item("世界上最大的宫殿是（　）。", "A", kind="single", options=OPTIONS)
    async with sessions.begin() as session:
        session.add_all(
            [
                palace,
                item(
                    "下列属于民法基本原则的有（　）。", "ACD", kind="multiple", options=["平等", "法定", "自愿", "公平"]
                ),
                item("地球绕着太阳转。", "正确", kind="judge"),
                item("我国最长的河流是？", "长江", aliases=["扬子江"]),
                item("现任会长是谁？", "张三", valid_until=date(2025, 12, 31)),
                item("有争议的题是？", "甲", status="disputed"),
                item("退休的题是？", "甲", status="retired"),
                item("下列说法正确的是（　）。", "A", kind="single", options=["一", "二", "三", "四"]),
                item("同题不同选项，首都是（　）。", "A", kind="single", options=["北京", "上海", "天津", "重庆"]),
                item("同题不同选项，首都是（　）。", "B", kind="single", options=["东京", "首尔", "平壤", "河内"]),
                item("同题同答案是（　）。", "A", kind="single", options=["甲", "乙", "丙", "丁"]),
                item("同题同答案是（　）。", "B", kind="single", options=["戊", "甲", "己", "庚"]),
            ]
        )
        await session.flush()
        stem = "哪座宫殿世界最大"
        session.add(QuestionWording(question_id=palace.id, stem=stem, stem_hash=stem_hash(stem)))
    bank = Bank(sessions)
    await bank.refresh()
    return bank


async def find(bank: Bank, text: str) -> Hit | Miss:
    return await bank.find(read(text), today=TODAY)


def pasted(stem: str, options: list[str]) -> str:
    return "\n".join([stem, *(f"{LETTERS[i]}. {option}" for i, option in enumerate(options))])


@pytest.mark.parametrize(
    ("text", "match", "letters"),
    [
        (pasted("世界上最大的宫殿是", OPTIONS), "exact", "A"),
        (pasted("12、世界上最大的宫殿是____", OPTIONS[::-1]), "exact", "D"),
        (pasted("哪座宫殿世界最大？", OPTIONS), "alias", "A"),
        ("世界上最大的宫殿是？", "exact", "A"),
        (pasted("下列属于民法基本原则的有", ["公平", "自愿", "法定", "平等"]), "exact", "ABD"),
        (pasted("我国最长的河流是", ["黄河", "长江", "珠江"]), "short_key", "B"),
        (pasted("我国最长的河流是", ["黄河", "扬子江", "珠江"]), "short_key", "B"),
        (pasted("地球绕着太阳转", ["错误", "正确"]), "exact", "B"),
        ("地球绕着太阳转，对吗？", "exact", ""),
        ("同题同答案是", "exact", "A"),
    ],
)
async def test_the_same_question_is_answered_in_the_askers_letters(bank: Bank, text: str, match: str, letters: str):
    hit = await find(bank, text)
    assert isinstance(hit, Hit), hit
    assert (hit.match, hit.letters) == (match, letters)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("世界上最小的宫殿是", "not_in_bank"),
        (pasted("世界上最大的宫殿是", [*OPTIONS[:3], "凡尔赛宫"]), "other_options"),
        (pasted("世界上最大的宫殿是", OPTIONS[:3]), "other_options"),
        (pasted("我国最长的河流是", ["黄河", "珠江"]), "other_options"),
        (pasted("我国最长的河流是", ["长江", "扬子江"]), "other_options"),
        ("下列说法正确的是", "needs_options"),
        ("同题不同选项，首都是", "needs_options"),
        ("有争议的题是", "disputed"),
        ("现任会长是谁", "expired"),
        ("退休的题是", "not_in_bank"),
    ],
)
async def test_what_could_be_another_question_is_not_answered(bank: Bank, text: str, reason: str):
    miss = await find(bank, text)
    assert isinstance(miss, Miss), miss
    assert miss.reason == reason


async def test_options_tell_items_with_one_stem_apart(bank: Bank):
    hit = await find(bank, pasted("同题不同选项，首都是", ["河内", "首尔", "东京", "平壤"]))
    assert isinstance(hit, Hit)
    assert hit.letters == "B"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=24, deadline=None)
@given(order=st.permutations(range(4)))
async def test_any_order_of_options_keeps_the_answer(bank: Bank, order: list[int]):
    hit = await find(bank, pasted("世界上最大的宫殿是", [OPTIONS[i] for i in order]))
    assert isinstance(hit, Hit)
    assert hit.options[LETTERS.index(hit.letters)] == "故宫"


async def test_a_change_by_another_process_is_noticed(bank: Bank, sessions):
    async with sessions.begin() as session:
        session.add(item("新来的题是？", "乙"))
        await bump_version(session)
    assert isinstance(await find(bank, "新来的题是"), Miss)
    assert await bank.refresh()
    assert isinstance(await find(bank, "新来的题是"), Hit)
    assert not await bank.refresh()
