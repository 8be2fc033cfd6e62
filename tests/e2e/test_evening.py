"""Thirty members in three groups play at once over a real socket, with talk, typos, people who leave and a kill -9."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.services.quiz import scoring, words
from store.models import Question
from store.quizzes import asked as as_asked
from tests.e2e.test_quiz import Evening
from tests.peer import BotProcess, Peer

pytestmark = [pytest.mark.slow]
GROUPS = (801, 802, 803)
MEMBERS = 10
QUESTIONS = 6
TALK = ("哈哈哈", "这题我见过", "别剧透", "刚刚那题太难了", "？？？", "吃饭去了", "A股今天又跌了")


def worth(item: dict[str, Any]) -> int:
    """Points of a right answer that comes at once."""
    row = Question(kind=item["kind"], stem=item["stem"], options=item["options"], answer=item["answer"], aliases=[])
    row.explanation, row.category, row.source, row.difficulty = "", "", "", item.get("difficulty")
    return scoring.points(as_asked(row), took_s=0, limit_s=60, hints=0)


class Group(Evening):
    """Plays a race and knows what must come out."""

    def __init__(self, peer: Peer, group: int, items: list[dict[str, Any]]) -> None:
        super().__init__(peer, group, items)
        self.chance = random.Random(group)
        self.points: Counter[str] = Counter()
        self.cards: set[tuple[str, str]] = set()
        self.count = 0

    def member(self, at: int) -> int:
        return self.group * 100 + at

    async def begin(self) -> None:
        await self.say(f"/出题 单选 {QUESTIONS}题 60秒", self.member(0))
        self.count = 1
        await self.heard(1)

    async def play(self) -> None:
        """One question: some are wrong, some talk, somebody is right first and somebody a moment too late."""
        item = self.asked()
        order = self.chance.sample(range(MEMBERS), 6)
        for at in order[:3]:
            await self.say(self.chance.choice(TALK), self.member(at))
            await self.say(self.written(self.letters(right=False)), self.member(at))
            self.cards.add((f"qq:{self.member(at)}", item["stem"]))
        # One answer a member: what comes after it does not count.
        await self.say(self.letters(right=True), self.member(order[0]))
        winner = self.member(order[3])
        await self.say(self.written(self.letters(right=True)), winner)
        self.points[f"user{winner}"] += worth(item)
        self.cards.add((f"qq:{winner}", item["stem"]))
        self.count += 1
        text = await self.heard(self.count)
        assert f"✓ user{winner} 答对了，+{worth(item)}（" in text, text

    def written(self, letter: str) -> str:
        return self.chance.choice(
            (letter, letter.lower(), f"选{letter}", f"我选 {letter}", f"{letter}。", chr(ord(letter) + 0xFEE0))
        )


async def test_an_evening(tmp_path: Path, starter_items: list[dict[str, Any]]):
    bot = await BotProcess(tmp_path).start()
    try:
        async with Peer(bot) as peer:
            groups = [Group(peer, number, starter_items) for number in GROUPS]
            await asyncio.gather(*(group.begin() for group in groups))
            for _ in range(QUESTIONS // 2):
                await asyncio.gather(*(group.play() for group in groups))
        await bot.kill()
        await bot.start()
        async with Peer(bot) as peer:
            for group in groups:
                group.peer, group.count = peer, 1
                assert (await group.heard(1)).startswith(words.BACK)
            for _ in range(QUESTIONS // 2):
                await asyncio.gather(*(group.play() for group in groups))
            for group in groups:
                group.count += 1
                await group.heard(group.count)
            finals = [peer.sent[group.chat][-1] for group in groups]
            await asyncio.gather(*(expected(group, final) for group, final in zip(groups, finals, strict=True)))
            board = await groups[0].say("/排行榜 今日", groups[0].member(1))
            assert board
            await groups[0].heard(groups[0].count + 1)
            await peer.private("/我的", user=groups[0].member(3))
            await peer.reply_to(f"private:{groups[0].member(3)}")
            if folder := os.environ.get("GONGKAO_KEEP_PICTURES"):
                keep(peer, Path(folder))
    finally:
        await bot.stop()
    stored = sqlite3.connect(tmp_path / "data" / "gongkao.db")
    cards = set(
        stored.execute("SELECT member_id, stem FROM study_card JOIN question ON question.id = study_card.question_id")
    )
    states = stored.execute("SELECT DISTINCT state, ended_why FROM quiz").fetchall()
    stored.close()
    assert cards == set[tuple[str, str]]().union(*(group.cards for group in groups))
    assert states == [("ended", "finished")]


async def expected(group: Group, final: dict[str, Any]) -> None:
    """The last message has exactly these scores, and a picture."""
    text = Peer.text_of(final)
    for name, points in group.points.items():
        assert f"{name} {points} 分" in text
    assert sum(group.points.values()) == sum(
        int(line.split(" 分")[0].rsplit(" ", 1)[1]) for line in text.splitlines() if " 分（答对" in line
    )
    [picture] = [part for part in final["segments"] if part["type"] == "image"]
    assert base64.b64decode(picture["data"]["file"].removeprefix("base64://")).startswith(b"\x89PNG")


def keep(peer: Peer, folder: Path) -> None:
    """The pictures of the evening, to be looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {}
    for chat, messages in peer.sent.items():
        for at, message in enumerate(messages):
            texts[f"{chat}-{at}"] = Peer.text_of(message)
            for part in message["segments"]:
                if part["type"] == "image":
                    data = base64.b64decode(part["data"]["file"].removeprefix("base64://"))
                    (folder / f"{chat.replace(':', '-')}-{at}.png").write_bytes(data)
    (folder / "texts.json").write_text(json.dumps(texts, ensure_ascii=False, indent=1))
