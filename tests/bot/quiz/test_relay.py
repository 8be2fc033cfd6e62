"""接力: how teams are formed, whose turn it is, which team wins, what a restart finds."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.services.quiz import orders, words
from bot.services.quiz.second_opinion import SecondOpinion
from inference.client import ModelClient
from inference.config import InferenceConfig
from store import teams
from store.db import Sessions
from store.models import Quiz, QuizAnswer, QuizItem, QuizPlayer, now
from store.personal import forget
from tests.bot.quiz.table import Table, fill
from tests.fakes import ModelServer


class Relayed(Table):
    """Members join, and the one whose turn it is answers."""

    async def join(self, member: int, text: str = "加入") -> str:
        incoming = self.incoming(text, member)
        assert self.game.relay is not None
        assert self.game.relay.wants_in(text)
        return await self.game.join(incoming)

    async def begin(self, *order: int, text: str = "接力 4题 60秒") -> None:
        """A game of these members: the first and every other of them in the first team."""
        assert await self.order(text) == ""
        for at, member in enumerate(order):
            await self.join(member, "12"[at % 2])
        assert await self.game.begin() is None

    @property
    def turn(self) -> int:
        item = self.game.open_item
        assert item is not None
        assert item.turn is not None
        return int(item.turn.removeprefix("qq:"))


@pytest.fixture
async def table(sessions: Sessions) -> Relayed:
    await fill(sessions, choices=8)
    return Relayed(sessions)


def test_the_order_makes_both_teams_first_equally_often():
    assert orders.read("接力 5题 30秒", {}) == orders.Order("relay", count=6, limit_s=30)
    assert orders.read("接力赛", {}).count == 6
    for text, count in (("十五道", 15), ("二十题", 20), ("两个题", 2), ("十道", 10)):
        assert orders.read(text, {}).count == count


async def test_teams_are_formed_by_a_number(table: Relayed):
    await table.order("接力 4题")
    assert table.said == [
        "接力 4 题，两队轮流答。回 1 进一队，回 2 进二队。\n60 秒后开始，发起人发「开始」就马上开始。"
    ]
    assert await table.join(1, "1") == "你在一队。现在一队 1 人，二队 0 人。"
    assert await table.game.begin() == words.NO_TEAM_YET
    assert await table.join(2, "一队") == "你在一队。现在一队 2 人，二队 0 人。"
    assert await table.join(3, "1") == "一队人多了，先进二队吧。"
    assert await table.join(3) == "你在二队。现在一队 2 人，二队 1 人。"
    # Another number is another team, the same one is none.
    assert await table.join(2, "2") == "你在二队。现在一队 1 人，二队 2 人。"
    assert await table.join(2, "２") == "你在二队。现在一队 1 人，二队 2 人。"
    assert await table.game.pause() == words.STILL_JOINING
    assert await table.game.skip() == words.STILL_JOINING
    assert await table.game.hint("qq:1") == words.STILL_JOINING
    assert await table.game.begin() is None
    assert table.said[1].startswith(
        "接力 4 题，轮到谁谁答，答错换对面答。\n一队：成员1\n二队：成员2、成员3\n\n第 1/4 题"
    )
    assert table.said[1].endswith("\n轮到一队的 成员1。")
    table.host.leave()


async def test_only_who_is_asked_answers(table: Relayed):
    await table.begin(1, 2, 3, 4)
    game, item = table.game, table.game.open_item
    assert item is not None
    assert table.turn == 1
    mate = table.incoming(table.key, 3)
    given = table.host.given(mate, addressed=False)
    assert given is not None
    assert (await game.answer(mate, given, item)).text == "先等 成员1 答。"
    # Once a turn, and nothing to those who do not play.
    assert (await game.answer(table.incoming(table.key, 4), given, item)).text == ""
    assert (await game.answer(table.incoming(table.key, 9), given, item)).text == ""
    assert await game.hint("qq:2") == words.NOT_YOUR_HINT
    await table.speak(table.key, 1)
    assert table.said[-1].startswith("✓ 成员1 答对了，+3（0.")
    assert "\n一队 3 : 0 二队\n答案：" in table.said[-1]
    assert table.said[-1].endswith("\n轮到二队的 成员2。")
    async with table.sessions() as session:
        assert len((await session.scalars(select(QuizAnswer))).all()) == 1
    table.host.leave()


async def test_a_wrong_answer_gives_the_other_team_a_try(table: Relayed):
    await table.begin(1, 2, 3, 4)
    await table.speak(table.wrong, 1)
    assert table.said[-1] == "✗ 成员1 没答对。轮到二队的 成员2。"
    key = table.key
    await table.speak(key, 2)
    assert "\n一队 0 : 3 二队\n" in table.said[-1]
    # The second question is the second team's first; its next member has not had a turn.
    assert table.turn == 4
    await table.speak(table.wrong, 4)
    assert table.turn == 3
    await table.speak(table.wrong, 3)
    assert table.said[-1].startswith("✗ 成员3 没答对。\n答案：")
    assert table.turn == 1
    table.host.leave()


async def test_the_result_names_the_team_and_the_members(table: Relayed):
    await table.begin(1, 2)
    for right in (True, True, True, False):
        await table.speak(table.key if right else table.wrong, table.turn)
    await table.speak(table.wrong, table.turn)
    assert table.said[-1].endswith(
        "\n\n一队赢了，6 : 3。\n结束了，4 题。\n🥇 成员1 6 分（答对 2/3）\n🥈 成员2 3 分（答对 1/2）\n最难的是第 4 题，2 人答，0 人对。"
    )
    async with table.sessions() as session:
        assert await teams.points(session, 1) == {1: 6, 2: 3}


async def test_time_passes_the_turn_and_who_is_away_is_passed_over(table: Relayed):
    await fill(table.sessions, choices=10, start=8)
    await table.begin(1, 2, 3, text="接力 10题 60秒")
    game, asked = table.game, []
    while not game.over:
        asked.append(table.turn)
        if table.turn != 1:
            await table.speak(table.key, table.turn)
            continue
        item = game.open_item
        assert item is not None
        item.due_at = now()
        game.clock.wind_up()
        await table.until(lambda: table.said[-1] == "时间到，轮到二队的 成员2。")
    # Twice 1 is not there; the third time its mate is asked instead.
    assert asked == [1, 2, 2, 3, 2, 1, 2, 2, 3, 2, 3, 2]


async def test_who_is_back_is_not_asked_all_the_time(table: Relayed):
    await table.begin(1, 2, 3)
    assert table.game.relay is not None
    one, three = (table.game.relay.player(f"qq:{member}") for member in (1, 3))
    assert one is not None
    assert three is not None
    one.missed, three.turns = 5, 9
    assert "一队" in await table.join(1)
    async with table.sessions() as session:
        rows = {row.member_id: row for row in await teams.players(session, 1)}
    assert (rows["qq:1"].missed, rows["qq:1"].turns) == (0, 8)
    table.host.leave()


async def test_who_comes_late_joins_the_smaller_team_and_waits_its_turn(table: Relayed):
    await table.begin(1, 2, 3)
    game = table.game
    assert game.relay is not None
    assert not game.relay.wants_in("2")
    await table.speak(table.key, 1)
    assert await table.join(7, "/加入") == "你在二队。现在一队 2 人，二队 2 人。"
    assert table.turn == 2
    await table.speak(table.key, 2)
    assert table.turn == 3
    await table.speak(table.key, 3)
    assert table.turn == 7
    table.host.leave()


async def test_nobody_joins_and_it_is_called_off(table: Relayed):
    await table.order("接力")
    game = table.game
    await table.join(1, "1")
    game.quiz.started_at = now() - timedelta(minutes=5)
    gathering = game._gathering
    assert gathering is not None
    gathering.closes_at = now()
    game.clock.wind_up()
    await table.until(lambda: game.over)
    await table.until(lambda: table.said[-1] == words.NOBODY_JOINED)
    assert await table.order("接力") == ""
    assert await table.game.stop() == words.CALLED_OFF
    async with table.sessions() as session:
        assert set(await session.scalars(select(Quiz.ended_why))) == {"idle", "stopped"}


async def test_time_begins_it_by_itself(table: Relayed):
    await table.order("接力 2题")
    await table.join(1, "1")
    await table.join(2, "2")
    gathering = table.game._gathering
    assert gathering is not None
    gathering.closes_at = now()
    table.game.clock.wind_up()
    await table.until(lambda: "第 1/2 题" in table.said[-1])
    table.host.leave()


async def test_a_restart_finds_teams_turn_and_scores(table: Relayed, sessions: Sessions):
    await table.order("接力 4题 60秒")
    await table.join(1, "1")
    table.host.leave()
    second = Relayed(sessions)
    assert await second.host.take_up("qq:1") == 1
    assert second.said == [f"{words.BACK}\n{words.STILL_JOINING}"]
    await second.join(2, "2")
    assert await second.game.begin() is None
    await second.speak(second.key, 1)
    await second.speak(second.wrong, 2)
    assert second.turn == 1
    second.host.leave()
    third = Relayed(sessions)
    assert await third.host.take_up("qq:1") == 1
    assert third.said[0].startswith(f"{words.BACK}\n第 2/4 题")
    assert third.said[0].endswith("\n轮到一队的 成员1。")
    assert await third.speak(third.key, 1)
    assert "\n一队 6 : 0 二队\n" in third.said[-1]
    third.host.leave()


async def test_who_is_asked_may_just_say_it(sessions: Sessions):
    await fill(sessions, choices=0, shorts=2)
    table = Relayed(sessions)
    await table.begin(1, 2, text="接力 2题 60秒")
    # Between others it would be talk.
    assert await table.speak("红楼梦", 2) is None
    assert await table.speak("红楼梦", 1)
    assert table.said[-1] == "✗ 成员1 没答对。轮到二队的 成员2。"
    table.host.leave()


async def test_who_does_not_know_says_so(table: Relayed):
    await table.begin(1, 2)
    await table.game.hearing.give_up(table.incoming("过", 2))
    assert table.turn == 1
    await table.game.hearing.give_up(table.incoming("过", 1))
    assert table.said[-1] == "成员1 过。轮到二队的 成员2。"
    await table.game.hearing.give_up(table.incoming("不会", 2))
    assert table.said[-1].startswith("成员2 过。\n答案：")
    assert table.turn == 2
    table.host.leave()


async def test_a_relay_waits_for_the_opinion_on_its_answer(sessions: Sessions):
    await fill(sessions, choices=0, shorts=2)
    async with ModelServer() as server, ModelClient(InferenceConfig(base_url=(server.url,))) as client:
        server.gate, server.answer = asyncio.Event(), "错\n不是"
        table = Relayed(sessions, second=SecondOpinion(client))
        await table.begin(1, 2, text="接力 2题 60秒")
        item = table.game.open_item
        assert item is not None
        doubtful = f"答案是{item.asked['answer']}之类的事物"
        assert await table.speak(doubtful, 1)
        assert table.turn == 1
        server.gate.set()
        await table.until(lambda: table.said[-1] == "✗ 成员1 没答对。轮到二队的 成员2。")
        server.answer = "对\n就是"
        assert await table.speak(f"{doubtful}吧", 2)
        await table.until(lambda: "✓ 成员2 答对了" in table.said[-1])
        await table.game.pause()
        table.host.leave()


async def test_a_relay_needs_a_group(table: Relayed):
    assert await table.order("接力", group=None) == words.RELAY_NEEDS_A_GROUP


async def test_who_is_forgotten_leaves_no_name(table: Relayed):
    await table.begin(1, 2)
    await table.game.stop()
    async with table.sessions.begin() as session:
        await session.execute(update(QuizItem).values(turn="qq:1"))
        await forget(session, "qq:1")
    async with table.sessions() as session:
        players = (await session.scalars(select(QuizPlayer).order_by(QuizPlayer.id))).all()
        turns = set(await session.scalars(select(QuizItem.turn)))
    assert players[0].member_id.startswith("gone:")
    assert players[0].name == ""
    assert turns == {players[0].member_id}
