"""Telling reporters what became of their corrections: written with the decision, sent afterwards, never twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from store import notices as queries
from store.db import Sessions
from store.models import Notice, ReviewItem, now

_PAUSES_S = (60, 600, 3600, 6 * 3600)
"""Waits after a refused try; then it is given up, with the reason kept."""
_AT_ONCE = 20
_TAKEN_FOR = timedelta(minutes=10)
"""How long a process has to send what it took before another may."""
_STEM = 30
_UNREACHABLE = ("web", "terminal")
"""Platforms where nobody can be spoken to first: the page shows how the review stands."""


@dataclass(frozen=True, slots=True)
class Due:
    """A sentence to be sent."""

    notice_id: int
    member_id: str
    group_id: str | None
    text: str


def reachable(account: str) -> bool:
    """Whether a member of this account's platform can be sent something unasked."""
    return bool(account) and account.partition(":")[0] not in _UNREACHABLE


class NoticeService:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def due(self, accounts: Iterable[str]) -> list[tuple[str, Due]]:
        """What the connected *accounts* have to send now, oldest first.

        Each is marked as tried before it is handed out: a process that dies in
        between leaves one that is tried again later, not one that goes out twice at once.
        """
        async with self._sessions.begin() as session:
            rows = await queries.take(session, list(accounts), most=_AT_ONCE, again_after=_TAKEN_FOR)
            return [(row.account, Due(row.id, row.member_id, row.group_id, row.text)) for row in rows]

    async def sent(self, notice_id: int) -> None:
        """It went out, or may have: then it is not sent again."""
        async with self._sessions.begin() as session:
            await queries.finish(session, notice_id, problem="")

    async def refused(self, notice_id: int, problem: str) -> None:
        """The platform said no, an English code says why; tried again later, a few times."""
        async with self._sessions.begin() as session:
            row = await session.get(Notice, notice_id)
            if row is None:
                return
            if row.tries > len(_PAUSES_S):
                await queries.finish(session, notice_id, problem=problem)
            else:
                row.problem = problem[:64]
                row.next_try_at = now() + timedelta(seconds=_PAUSES_S[row.tries - 1])

    async def announce_round(self, serving: str) -> int:
        """Once per round that serves: thank everybody whose correction it learnt; how many sentences that makes."""
        if not serving:
            return 0
        async with self._sessions.begin() as session:
            version = await queries.unannounced(session, serving)
            if version is None:
                return 0
            told = 0
            for correction, item in await queries.corrections_in(session, version.id):
                if not reachable(correction.account):
                    continue
                flat = " ".join(item.stem.split())
                stem = flat if len(flat) <= _STEM else flat[: _STEM - 1] + "…"
                text = f"你的纠错 #{correction.id} 已在第 {serving} 轮生效：「{stem}」{_learnt(item)}，谢谢你。"
                session.add(
                    Notice(
                        correction_id=correction.id,
                        cause="live",
                        account=correction.account,
                        member_id=correction.reported_by,
                        group_id=correction.group_id,
                        text=text,
                    )
                )
                told += 1
            version.announced_at = now()
        return told


def _learnt(item: ReviewItem) -> str:
    match item.verdict:
        case "unanswerable":
            return "模型学会说没有公认的答案了"
        case "alias":
            return f"模型也认得「{item.answer}」了"
        case _:
            return f"现在模型也答「{item.answer}」了"
