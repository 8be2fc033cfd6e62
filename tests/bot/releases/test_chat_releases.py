"""What superusers read of releases, and that each outcome is told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.services.incoming import Incoming
from bot.services.releases import ChatReleases, words
from bot.services.training_process import JobFailed
from local_time import local
from store import releases
from store.config import StoreConfig
from store.db import Sessions, open_engine, open_sessions
from store.models import Release, TrainingRound
from tests.rounds import row_of

MORNING = datetime(2026, 11, 26, 1, 30, tzinfo=UTC)


class Process:
    """Stands in for ``python -m training``."""

    def __init__(self, text: str = "", *, error: str = "") -> None:
        self.text, self.error = text, error
        self.asked: list[tuple[str, ...]] = []

    async def run(self, *arguments: str, progress: object = None) -> dict[str, Any]:
        self.asked.append(arguments)
        if self.error:
            raise JobFailed(self.error)
        return {"text": self.text}


def made(sessions: Sessions, process: Process | None = None) -> ChatReleases:
    return ChatReleases(sessions, process or Process())  # pyright: ignore[reportArgumentType]


def release(status: str = "serving", kind: str = "promote", **more: Any) -> Release:
    plain: dict[str, Any] = {"round_id": 7, "model": "/rounds/0007/model", "checks": {}, "problem": ""}
    return Release(**{**plain, "status": status, "kind": kind, "asked_at": MORNING, **more})


BASE: dict[str, Any] = {"round_id": None, "model": "/models/Qwen2.5-7B/"}
SMOKE = {"smoke": {"asked": 20, "same": 20}}
WORSE = {"because": "上线以后变差：20 道题里 9 道没答上来（45%，最多 10%）"}


@pytest.mark.parametrize("status", ["serving", "draining", "ended"])
@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("promote", {}, "第 7 轮上线了。不对劲就发 /回滚。"),
        ("promote", {"checks": SMOKE}, "第 7 轮上线了。上线前试问 20 题，都没问题。不对劲就发 /回滚。"),
        (
            "promote",
            {"checks": {"smoke": {"asked": 20, "same": 19}}},
            "第 7 轮上线了。上线前试问 20 题，19 题和评测时一样。不对劲就发 /回滚。",
        ),
        ("folder", BASE, "模型 Qwen2.5-7B 上线了。不对劲就发 /回滚。"),
        ("rollback", {"checks": SMOKE}, "已换回第 7 轮。"),
        ("rollback", BASE, "已换回模型 Qwen2.5-7B。"),
        (
            "rescue",
            {"checks": WORSE},
            "第 8 轮上线以后变差：20 道题里 9 道没答上来（45%，最多 10%）。已自动换回第 7 轮。",
        ),
        (
            "rescue",
            {"checks": {"because": "一再退出：CUDA error。\nTraceback"}},
            "第 8 轮一再退出：CUDA error。已自动换回第 7 轮。",
        ),
        ("rescue", {}, "第 8 轮不行了。已自动换回第 7 轮。"),
        ("restart", {}, ""),
    ],
)
def test_an_outcome_in_words(status: str, kind: str, more: dict[str, Any], expected: str):
    before = release("ended", round_id=8, model="/rounds/0008/model")
    assert words.outcome(release(status, kind, **more), before, way_back=True) == expected


def test_without_a_way_back_none_is_offered():
    assert words.outcome(release("serving", checks=SMOKE), None) == "第 7 轮上线了。上线前试问 20 题，都没问题。"


def test_a_rescue_from_nothing_that_is_known():
    assert words.outcome(release(kind="rescue", checks=WORSE), None).startswith("原来的模型上线以后变差：")


def test_a_rescue_from_a_folder():
    before = release("ended", **BASE)
    said = words.outcome(release(kind="rescue", checks={"because": "一再退出：CUDA error。"}), before)
    assert said == "模型 Qwen2.5-7B 一再退出：CUDA error。已自动换回第 7 轮。"


def test_one_that_comes_back_because_its_successor_did_not_start_is_not_blamed_for_that():
    before = release("ended")
    row = release(kind="rescue", checks={"because": "模型起不来：CUDA out of memory。日志在 /x。"})
    assert words.outcome(row, before) == "已自动换回第 7 轮。"


@pytest.mark.parametrize("kind", ["promote", "folder", "rollback", "rescue", "restart"])
def test_what_never_served_is_told_with_its_reason(kind: str):
    row = release("failed", kind, problem="模型起不来：CUDA out of memory。")
    assert words.outcome(row, None) == "第 7 轮没有上线：模型起不来：CUDA out of memory。"


def test_history_is_a_line_a_release():
    rows = [
        release("asked"),
        release("starting"),
        release("serving", asked_at=MORNING - timedelta(days=1), serving_from=MORNING),
        release("draining", "folder", **BASE),
        release("ended", problem="有人要换回上一个"),
        release("failed", problem="端口用不了"),
        release("withdrawn"),
    ]
    at = f"{local(MORNING):%m-%d %H:%M}"
    assert list(words.history(rows)) == [
        "最近的：",
        f"{at}　第 7 轮　等着上线",
        f"{at}　第 7 轮　正在启动",
        f"{at}　第 7 轮　在服务",
        f"{at}　模型 Qwen2.5-7B　收尾",
        f"{at}　第 7 轮　下线（有人要换回上一个）",
        f"{at}　第 7 轮　没上成（端口用不了）",
        f"{at}　第 7 轮　没轮到",
    ]
    assert list(words.history([])) == []


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Sessions]:
    """Of another bot process on the same database."""
    engine = open_engine(database_url, StoreConfig())
    yield open_sessions(engine)
    await engine.dispose()


async def keep(sessions: Sessions, *rows: Release) -> list[int]:
    async with sessions.begin() as session:
        for number in {row.round_id for row in rows if row.round_id}:
            if await session.get(TrainingRound, number) is None:
                session.add(row_of("ready", number))
        await session.flush()
        for row in rows:
            session.add(row)
            await session.flush()
    return [row.id for row in rows]


WHERE = {"account": "qq:1", "member_id": "qq:4242", "group_id": "qq:93"}


async def test_an_outcome_is_told_once_in_the_chat_that_asked(sessions: Sessions):
    await keep(sessions, release(serving_from=MORNING, **WHERE))
    [news] = await made(sessions).news()
    assert news.text.startswith("第 7 轮上线了。")
    assert (news.account, news.member_id, news.group_id) == ("qq:1", "qq:4242", "qq:93")
    assert await made(sessions).news() == []


async def test_going_back_is_offered_where_there_is_something_to_go_back_to(sessions: Sessions):
    served = {"kind": "folder", "serving_from": MORNING}
    await keep(sessions, release("ended", **{**served, **BASE}), release("ended", **{**served, **BASE}))
    assert [one.text for one in await made(sessions).news()] == ["模型 Qwen2.5-7B 上线了。"] * 2
    await keep(sessions, release(replaces=2, serving_from=MORNING))
    [news] = await made(sessions).news()
    assert news.text == "第 7 轮上线了。不对劲就发 /回滚。"


async def test_what_is_still_to_come_out_is_no_news(sessions: Sessions):
    await keep(sessions, release("asked"), release("starting"), release("withdrawn"), release("ended", "restart"))
    assert await made(sessions).news() == []


async def test_a_restart_is_not_told_of_but_counts_as_told(sessions: Sessions):
    [number] = await keep(sessions, release(kind="restart", serving_from=MORNING))
    assert await made(sessions).news() == []
    async with sessions() as session:
        assert await releases.untold(session) == []
        row = await releases.get(session, number)
    assert row is not None
    assert row.told == "serving"


async def test_outcomes_come_in_order_and_a_rescue_goes_to_who_wanted_what_had_to_go(sessions: Sessions):
    [left] = await keep(sessions, release("ended", round_id=8, model="/m8", serving_from=MORNING, **WHERE))
    back = release(kind="rescue", checks=WORSE, replaces=left, serving_from=MORNING + timedelta(hours=1))
    await keep(sessions, release("failed", problem="没有文件。", account="qq:2", member_id="qq:5"), back)
    told = await made(sessions).news()
    assert [one.text.partition("。")[0] for one in told] == [
        "第 8 轮上线了",
        "第 7 轮没有上线：没有文件",
        "第 8 轮上线以后变差：20 道题里 9 道没答上来（45%，最多 10%）",
    ]
    assert [(one.account, one.group_id) for one in told] == [("qq:1", "qq:93"), ("qq:2", None), ("qq:1", "qq:93")]


async def test_two_bots_that_look_at_the_same_time_tell_each_outcome_once(sessions: Sessions, other: Sessions):
    rows = [release("failed", problem=f"问题 {number}。") for number in range(6)]
    await keep(sessions, *rows)
    found = await asyncio.gather(*(made(which).news() for which in (sessions, other) * 3))
    told = sorted(one.text for part in found for one in part)
    assert told == [f"第 7 轮没有上线：问题 {number}。" for number in range(6)]


async def test_commands_say_who_asked_and_where(sessions: Sessions):
    process = Process("正在上线")
    chat = made(sessions, process)
    asked = Incoming(account="qq:1", member_id="qq:2", group_id="qq:3", text="")
    private = Incoming(account="qq:1", member_id="qq:2", text="")
    assert await chat.promote(asked, 7, force=False) == "正在上线"
    await chat.promote(private, 7, force=True)
    await chat.roll_back(asked)
    who = ("--by", "qq:2", "--account", "qq:1", "--member", "qq:2")
    assert process.asked == [
        ("release", "promote", "7", *who, "--group", "qq:3"),
        ("release", "promote", "7", "--force", *who),
        ("release", "rollback", *who, "--group", "qq:3"),
    ]
    assert await made(sessions, Process(error="没有第 7 轮。")).promote(asked, 7, force=False) == "没有第 7 轮。"


async def test_the_status_shows_the_newest_eight(sessions: Sessions):
    process = Process("现在没有模型在服务。")
    assert await made(sessions, process).status() == "现在没有模型在服务。"
    await keep(sessions, *(release("failed", problem=f"问题 {number}") for number in range(10)))
    first, title, *lines = (await made(sessions, process).status()).splitlines()
    assert (first, title) == ("现在没有模型在服务。", "最近的：")
    assert [line[-5:-1] for line in lines] == [f"问题 {number}" for number in range(9, 1, -1)]
    assert await made(sessions, Process(error="数据库连不上")).status() == "数据库连不上"
