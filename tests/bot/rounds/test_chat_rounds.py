"""Rounds as the chat asks for them: cards from the database alone, ends with their picture, the preview's picture."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from typst import TypstError

from bot.services.datasets import Told
from bot.services.rounds import ChatRounds, NotStarted, chat
from bot.services.training_process import JobFailed
from store import rounds
from store.db import Sessions
from store.models import now
from tests.rounds import keep, row_of, steps_of

PNG = b"\x89PNG"


class Process:
    """Stands in for ``python -m training``."""

    def __init__(self, **told: Any) -> None:
        self.told = told

    async def run(self, *arguments: str, progress: object = None) -> dict[str, Any]:
        if "error" in self.told:
            raise JobFailed(self.told["error"])
        return self.told


class Datasets:
    def __init__(self) -> None:
        self.compared: list[tuple[str, str]] = []

    async def compare(self, before: str, after: str) -> Told:
        self.compared.append((before, after))
        return Told("比过了", PNG)


def made(sessions: Sessions, process: Any = None, datasets: Any = None) -> ChatRounds:
    return ChatRounds(sessions, process or Process(), datasets or Datasets())


async def test_cards_come_from_the_database(sessions: Sessions):
    assert await made(sessions).card(None) == ("还没有训练过。发 /训练 预览 看看这一轮会学什么。", b"")
    await keep(sessions, "ready", 3)
    await keep(sessions, "rejected", 4)
    text, picture = await made(sessions).card(None)
    assert text.startswith("第 4 轮　没过门槛")
    assert picture.startswith(PNG)
    assert (await made(sessions).card(3))[0].startswith("第 3 轮　过了门槛")
    assert await made(sessions).card(9) == ("没有第 9 轮。", b"")


async def test_the_status_shows_the_loss_of_the_round_under_way(sessions: Sessions):
    await keep(sessions, "ready", 3)
    async with sessions.begin() as session:
        session.add(row_of("queued", 4))
    text, picture = await made(sessions).status()
    assert text.startswith("第 4 轮　排队中")
    assert picture == b""
    async with sessions.begin() as session:
        session.add(row_of("running", 5, gpu="m/0", step="train", progress={"curve": [[1, 3], [2, 2], [3, 1], [4, 1]]}))
    text, picture = await made(sessions).status()
    assert text.startswith("第 5 轮　训练中")
    assert picture.startswith(PNG)


async def test_an_end_comes_with_the_card(sessions: Sessions):
    await keep(sessions, "rejected", 4, account="qq:1", member_id="qq:2")
    async with sessions.begin() as session:
        session.add(row_of("cancelled", 5, account="qq:1", member_id="qq:2"))
    rejected, cancelled = await made(sessions).news(["qq:1"])
    assert "✗ 容易混的题" in rejected.text
    assert rejected.picture.startswith(PNG)
    # It came to nothing that could be shown.
    assert cancelled.picture == b""
    await made(sessions).told(4)
    assert [news.round_id for news in await made(sessions).news(["qq:1"])] == [5]


async def test_the_words_go_out_without_a_picture_that_cannot_be_drawn(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
):
    def broken(facts: object) -> bytes:
        raise TypstError("no such font")

    monkeypatch.setattr(chat, "card", broken)
    await keep(sessions, "rejected", 4, account="qq:1")
    [news] = await made(sessions).news(["qq:1"])
    assert news.text.startswith("第 4 轮没过门槛")
    assert news.picture == b""


async def test_a_preview_shows_what_is_new_since_the_last_trained_set(sessions: Sessions):
    datasets = Datasets()
    process = Process(text="下一轮用训练集 v0004", version="v0004", before="v0002")
    assert await made(sessions, process, datasets).preview() == ("下一轮用训练集 v0004", PNG)
    assert datasets.compared == [("v0002", "v0004")]
    process = Process(text="第一轮", version="v0001", before="")
    assert await made(sessions, process, datasets).preview() == ("第一轮", b"")
    assert await made(sessions, Process(error="还没有底座模型。")).preview() == ("还没有底座模型。", b"")


async def test_steps_are_in_order_and_the_running_round_comes_first(sessions: Sessions):
    await keep(sessions, "ready", 3)
    async with sessions.begin() as session:
        session.add_all([row_of("queued", 4), row_of("running", 5, gpu="m/0")])
        await session.flush()
        session.add_all(steps_of(5))
    async with sessions() as session:
        shown = await rounds.shown(session)
        assert shown is not None
        assert shown.id == 5
        assert [step.name for step in await rounds.steps(session, 5)] == ["dataset", "config", "train"]


async def test_a_schedule_starts_a_round_or_says_why_not():
    def asked(**told: Any) -> ChatRounds:
        return ChatRounds(None, Process(**told), Datasets())  # pyright: ignore

    with pytest.raises(NotStarted, match="不到 200 条"):
        await asked(text="先不开", reason="新纠错 3 条，不到 200 条").start_by_schedule("qq:1", "qq:2")
    assert await asked(text="第 3 轮排上了").start_by_schedule("qq:1", "qq:2") == "第 3 轮排上了"
    assert await asked(error="还没有底座模型。").start_by_schedule("qq:1", "qq:2") == "还没有底座模型。"


async def test_a_silent_worker_is_news_once_it_is_silent_for_a_minute(sessions: Sessions):
    for number, (seconds, worker) in enumerate(((30, "local"), (90, "local"), (90, "elsewhere")), 1):
        at, settings = now() - timedelta(seconds=seconds), {"rounds": {"worker": worker}}
        await keep(sessions, "running", number, heartbeat_at=at, settings=settings, gpu=f"machine/{number}")
    here, there = await ChatRounds(sessions, Process(), Datasets()).lost()  # pyright: ignore
    assert (here.news.round_id, here.local, there.news.round_id, there.local) == (2, True, 3, False)
    assert here.news.text == "第 2 轮的训练进程没有动静了，多半是断了。正在重新启动它，做完的步骤不用重做。"
    assert "gongkao worker" in there.news.text
