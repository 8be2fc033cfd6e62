"""What a group's admins switch off, and how much may be asked there a day."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime

from loguru import logger
from sqlalchemy.exc import SQLAlchemyError

from bot.config import BotConfig
from bot.services.incoming import Incoming
from local_time import local_now
from store import groups
from store.db import Sessions
from store.models import GroupSettings

SWITCHES = ("问答", "出题")
USAGE = (
    "群设置（群主、管理员）：\n"
    "/设置　现在的设置\n"
    "/设置 出题 关、/设置 问答 开\n"
    "/设置 每人每天 30、/设置 本群每天 500　一天能问多少题，0 是不限"
)
ONLY_GROUPS = "这些是一个群的设置，到那个群里发。"
NOT_UNDERSTOOD = "没看懂「{}」。这样写："
_SHOWN = 20
OFF = "本群关掉了{}。群管理员发 /设置 {} 开 可以打开。"
MEMBER_FULL = "你今天在本群已经问了 {} 题，明天再来。私聊我不受这个限制。"
GROUP_FULL = "本群今天已经问了 {} 题，明天再来。私聊我不受这个限制。"
_SWITCH = re.compile(rf"({'|'.join(SWITCHES)})\s*(开|关|打开|关闭)")
_QUOTA = re.compile(r"(每人|每个人|本群|全群|群)每天\s*(\d{1,6})\s*(?:题|次)?")
_POLL_S = 10.0


class GroupRules:
    """Every group's settings, in memory; another process's changes are seen within seconds."""

    def __init__(self, sessions: Sessions, config: BotConfig, *, clock: Callable[[], datetime] = local_now) -> None:
        self._sessions = sessions
        self._config = config
        self._clock = clock
        self._known: dict[str, GroupSettings] = {}

    async def watch(self) -> None:
        """Follow the table until cancelled."""
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                logger.warning("settings of groups could not be read: {}", type(error).__name__)
            await asyncio.sleep(_POLL_S)

    async def look(self) -> None:
        """Read the table."""
        async with self._sessions() as session:
            self._known = {row.group_id: row for row in await groups.all_settings(session)}

    def is_off(self, group_id: str | None, what: str) -> bool:
        """Whether the group switched off one of :data:`SWITCHES`."""
        row = self._known.get(group_id) if group_id else None
        return row is not None and what in row.off

    async def refusal(self, incoming: Incoming) -> str:
        """Why no question is taken here just now; empty when it is."""
        group_id = incoming.group_id
        if group_id is None:
            return ""
        if self.is_off(group_id, "问答"):
            return OFF.format("问答", "问答")
        member, group = self._quotas(group_id)
        if not member and not group:
            return ""
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        try:
            async with self._sessions() as session:
                if member and await groups.asked_since(session, group_id, midnight, incoming.member_id) >= member:
                    return MEMBER_FULL.format(member)
                if group and await groups.asked_since(session, group_id, midnight) >= group:
                    return GROUP_FULL.format(group)
        except (SQLAlchemyError, OSError) as error:
            # A count that cannot be made must not cost an answer.
            logger.warning("questions of a group could not be counted: {}", type(error).__name__)
        return ""

    async def set(self, incoming: Incoming, rest: str) -> str:
        """Change what *rest* names, or tell how things are."""
        group_id = incoming.group_id
        if group_id is None:
            return f"{ONLY_GROUPS}\n{USAGE}"
        if not rest:
            return self._told(group_id)
        if switch := _SWITCH.fullmatch(rest):
            off = set(self._known[group_id].off) if group_id in self._known else set[str]()
            off = off - {switch[1]} if "开" in switch[2] else off | {switch[1]}
            await self._change(incoming, group_id, off=sorted(off))
            return f"好，本群{'打开' if switch[1] not in off else '关掉'}了{switch[1]}。"
        if quota := _QUOTA.fullmatch(rest):
            each, count = quota[1].startswith("每"), int(quota[2])
            await self._change(incoming, group_id, **{"member_daily" if each else "group_daily": count})
            who = "每人" if each else "本群"
            return f"好，{who}每天最多问 {count} 题。" if count else f"好，{who}每天问多少题不限。"
        return f"{NOT_UNDERSTOOD.format(rest[:_SHOWN])}\n{USAGE}"

    def _quotas(self, group_id: str) -> tuple[int, int]:
        row = self._known.get(group_id)
        member, group = (row.member_daily, row.group_daily) if row else (None, None)
        return (
            self._config.member_daily if member is None else member,
            self._config.group_daily if group is None else group,
        )

    async def _change(self, incoming: Incoming, group_id: str, **values: object) -> None:
        async with self._sessions.begin() as session:
            await groups.change(session, group_id, incoming.speaker, **values)
        await self.look()

    def _told(self, group_id: str) -> str:
        member, group = self._quotas(group_id)
        lines = [f"{name}：{'关' if self.is_off(group_id, name) else '开'}" for name in SWITCHES]
        lines.append(f"每人每天：{f'{member} 题' if member else '不限'}")
        lines.append(f"本群每天：{f'{group} 题' if group else '不限'}")
        return "\n".join([*lines, "改：/设置 出题 关、/设置 每人每天 30"])
