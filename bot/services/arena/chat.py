"""盲评 from the chat: groups agree, superusers begin and end it, everybody sees how it stands."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.services.arena import words
from bot.services.arena.ring import Ring
from bot.services.incoming import Incoming
from bot.services.training_process import JobFailed, TrainingProcess, asked_by
from store import arena
from store.db import Sessions
from store.models import Challenger

_TIME = re.compile(r"(?P<count>\d{1,3})\s*(?P<unit>天|个?小时|分钟)")
_UNITS = {
    "天": timedelta(days=1),
    "小时": timedelta(hours=1),
    "个小时": timedelta(hours=1),
    "分钟": timedelta(minutes=1),
}
_DAY = timedelta(days=1)


class ChatArena:
    """One sentence for every command."""

    def __init__(self, sessions: Sessions, process: TrainingProcess, ring: Ring) -> None:
        self._sessions = sessions
        self._process = process
        self._ring = ring

    async def join(self, incoming: Incoming) -> str:
        """The group agrees to be shown battles."""
        if incoming.group_id is None:
            return words.ONLY_GROUPS
        async with self._sessions.begin() as session:
            fresh = await arena.agree(session, incoming.group_id, incoming.speaker)
        await self._ring.look()
        return words.JOINED if fresh else words.JOINED_ALREADY

    async def leave(self, incoming: Incoming) -> str:
        """The group is shown none any more."""
        if incoming.group_id is None:
            return words.ONLY_GROUPS
        async with self._sessions.begin() as session:
            left = await arena.leave(session, incoming.group_id)
        await self._ring.look()
        return words.LEFT if left else words.LEFT_ALREADY

    async def state(self, incoming: Incoming) -> str:
        """Whether the group takes part."""
        if incoming.group_id is None:
            return words.USAGE
        async with self._sessions() as session:
            agreed = incoming.group_id in await arena.agreed(session)
        return words.AGREED if agreed else words.NOT_AGREED

    async def begin(self, incoming: Incoming, number: int, length: str) -> str:
        """Let the round stand beside the serving model, and agreed groups vote, for as long as *length* says."""
        lasting = _lasting(length)
        if lasting is None:
            return "时间写成「3天」「12小时」或「90分钟」，最长 30 天；不写就是一天。"
        minutes = str(int(lasting.total_seconds() // 60))
        command = ("release", "compare", str(number), "--votes", "--minutes", minutes)
        try:
            text = str((await self._process.run(*command, *asked_by(incoming)))["text"])
        except JobFailed as error:
            return str(error)
        async with self._sessions() as session:
            groups = len(await arena.agreed(session))
        who = f"参加的群有 {groups} 个。" if groups else "还没有群参加：群管理员在群里发 /盲评 开。"
        return f"{text}\n{who}"

    async def end(self, incoming: Incoming) -> str:
        """No more votes; how it came out."""
        async with self._sessions() as session:
            live = await arena.live(session)
        if live is None or not live.votes:
            return words.NOT_VOTING
        try:
            await self._process.run("release", "dismiss", *asked_by(incoming))
        except JobFailed as error:
            return str(error)
        return f"盲评结束了。\n{await self._standing(live)}"

    async def result(self) -> str:
        """How the newest 盲评 stands."""
        async with self._sessions() as session:
            row = await arena.latest(session, votes=True)
        return words.NOBODY_YET if row is None else await self._standing(row)

    async def _standing(self, row: Challenger) -> str:
        async with self._sessions() as session:
            tally = await arena.tally(session, row.id)
        return words.standing(f"第 {row.round_id} 轮", tally)


def _lasting(text: str) -> timedelta | None:
    if not text:
        return _DAY
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    lasting = int(found["count"]) * _UNITS[found["unit"]]
    return lasting if timedelta(minutes=1) <= lasting <= timedelta(days=30) else None
