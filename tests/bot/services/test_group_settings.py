"""What a group's admins set, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.config import BotConfig
from bot.services import group_settings as words
from bot.services.group_settings import GroupRules
from bot.services.incoming import Incoming
from store.db import Sessions
from store.ids import new_id
from store.models import Ask, ChatGroup, Member

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def said(text: str = "", **more: Any) -> Incoming:
    values: dict[str, Any] = {"account": "qq:1", "member_id": "qq:2", "group_id": "qq:3", "text": text, **more}
    return Incoming(**values)


@pytest.fixture
def rules(sessions: Sessions) -> GroupRules:
    return GroupRules(sessions, BotConfig(), clock=lambda: NOON)


async def asked(sessions: Sessions, *members: str, hour: int = 9) -> None:
    async with sessions.begin() as session:
        await session.merge(ChatGroup(id="qq:3"))
        for member in set(members):
            await session.merge(Member(id=member))
        await session.flush()
        session.add_all(
            Ask(
                id=new_id(),
                account="qq:1",
                group_id="qq:3",
                member_id=member,
                text="题",
                received_at=NOON.replace(hour=hour),
            )
            for member in members
        )


async def test_without_settings_everything_is_on_and_nothing_is_limited(rules: GroupRules):
    assert await rules.refusal(said()) == ""
    assert not rules.is_off("qq:3", "出题")
    assert (await rules.set(said(), "")).startswith("问答：开\n出题：开\n每人每天：不限\n本群每天：不限")
    assert await rules.set(said(group_id=None), "出题 关") == f"{words.ONLY_GROUPS}\n{words.USAGE}"


async def test_switches(rules: GroupRules, sessions: Sessions):
    assert await rules.set(said(), "出题 关") == "好，本群关掉了出题。"
    assert await rules.set(said(), "问答关") == "好，本群关掉了问答。"
    assert rules.is_off("qq:3", "出题")
    assert not rules.is_off("qq:4", "出题")
    assert not rules.is_off(None, "出题")
    assert await rules.refusal(said()) == words.OFF.format("问答", "问答")
    assert await rules.refusal(said(group_id=None)) == ""
    other = GroupRules(sessions, BotConfig())
    await other.look()
    assert other.is_off("qq:3", "问答")
    assert await rules.set(said(), "问答 开") == "好，本群打开了问答。"
    assert await rules.refusal(said()) == ""


async def test_quotas_count_todays_questions(rules: GroupRules, sessions: Sessions):
    assert await rules.set(said(), "每人每天 2题") == "好，每人每天最多问 2 题。"
    await asked(sessions, "qq:2")
    assert await rules.refusal(said()) == ""
    await asked(sessions, "qq:2")
    assert await rules.refusal(said()) == words.MEMBER_FULL.format(2)
    assert await rules.refusal(said(member_id="qq:9")) == ""
    assert await rules.set(said(), "本群每天 2") == "好，本群每天最多问 2 题。"
    assert await rules.refusal(said(member_id="qq:9")) == words.GROUP_FULL.format(2)
    assert await rules.set(said(), "本群每天 0") == "好，本群每天问多少题不限。"
    assert await rules.refusal(said(member_id="qq:9")) == ""


async def test_the_defaults_are_those_of_the_file(sessions: Sessions):
    rules = GroupRules(sessions, BotConfig(member_daily=1), clock=lambda: NOON)
    await asked(sessions, "qq:2")
    assert await rules.refusal(said()) == words.MEMBER_FULL.format(1)
    assert await rules.set(said(), "每人每天 0") == "好，每人每天问多少题不限。"
    assert await rules.refusal(said()) == ""


@pytest.mark.parametrize("rest", ["天气 开", "出题", "每人每天 很多"])
async def test_what_is_not_understood_is_explained(rules: GroupRules, rest: str):
    assert await rules.set(said(), rest) == f"没看懂「{rest}」。这样写：\n{words.USAGE}"
