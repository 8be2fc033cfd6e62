"""Which round may stand beside the serving model, and for how long: every sentence here is for a superuser."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from local_time import local, today
from paper.releases.words import named
from store import arena, releases, rounds
from store.db import Sessions, alone
from store.models import Challenger, now
from training.rounds.desk import Told
from training.rounds.policy import NotAllowed, RoundPolicy

NOTHING_SERVES = "现在没有模型在服务，没有可比的。"
_DONE = ("ready", "rejected")
_LOOKED_AT = 100
"""How many of the newest rounds may be chosen from a list; any number may be typed."""
_LONGEST = timedelta(hours=24)
_LONGEST_VOTE = timedelta(days=30)


class ComparingPolicy:
    def __init__(self, sessions: Sessions, rounds: RoundPolicy) -> None:
        self._sessions = sessions
        self._rounds = rounds

    async def compare(self, number: int, by: str, *, minutes: int, votes: bool) -> Told:
        """Want the round's model beside the one that serves, for *minutes* from when it answers; with *votes*
        members see both answers.

        One that is there already stays longer. Its number and status are told besides.

        Raises:
            NotAllowed: there is no such model or no other one, models are being exchanged, another one is voted on.
        """
        lasting = timedelta(minutes=minutes)
        if lasting > _LONGEST_VOTE:
            raise NotAllowed("盲评最长 30 天。")
        if lasting > _LONGEST and not votes:
            raise NotAllowed("只对比不投票，最长 24 小时。")
        async with self._sessions.begin() as session:
            await alone(session)
            model = await self._model(session, number)
            until = now() + lasting
            live = await arena.live(session)
            if live is not None and live.round_id == number:
                return await _prolonged(session, live, until, votes=votes)
            if live is not None and live.votes:
                raise NotAllowed(f"{named(live, '正在盲评')}，先发 /盲评 结束。")
            if live is not None:
                await arena.dismiss(session, f"换第 {number} 轮来比了。")
            row = await arena.want(
                session, {"round_id": number, "model": model, "votes": votes, "asked_by": by, "until": until}
            )
        first = f"{named(live, '撤下了')}，" if live is not None else ""
        then = f"，起来就开始盲评，到 {_moment(until)} 结束" if votes else ""
        return _told(f"{first}第 {number} 轮正在旁边启动{then}。", row)

    async def choices(self) -> Told:
        """Rounds whose model is there to be compared, newest first; also as numbers, with what the gate said."""
        async with self._sessions() as session:
            keeper = await releases.keeper(session)
            rows = await rounds.latest(session, _LOOKED_AT)
        elsewhere = keeper is not None and keeper.host != socket.gethostname()
        there = [
            row for row in rows if row.status in _DONE and (elsewhere or self._rounds.folder(row.id).served.is_dir())
        ]
        text = "、".join(f"第 {row.id} 轮" for row in there) or "还没有能比的轮次。"
        return Told(text, {"rounds": [{"number": row.id, "rejected": row.status == "rejected"} for row in there]})

    async def dismiss(self) -> str:
        """Let whatever stands beside the serving model go."""
        async with self._sessions.begin() as session:
            await alone(session)
            live = await arena.live(session)
            await arena.dismiss(session)
        return f"{named(live, '撤下了')}。" if live is not None else "旁边没有模型。"

    async def _model(self, session: AsyncSession, number: int) -> str:
        trained = await rounds.get(session, number)
        if trained is None:
            raise NotAllowed(f"没有第 {number} 轮。")
        if trained.status not in _DONE:
            raise NotAllowed(f"第 {number} 轮还没有做完，不能拿来比。")
        keeper = await releases.keeper(session)
        if keeper is None:
            raise NotAllowed("gongkao serve 现在没有在运行，没法在旁边再启动一个模型。")
        if await releases.of_status(session, *releases.UNDER_WAY):
            raise NotAllowed("正在换模型，换完再比。")
        serving = await releases.current(session)
        if serving is None:
            raise NotAllowed(NOTHING_SERVES)
        model = self._rounds.folder(number).served
        if serving.round_id == number or serving.model == str(model):
            raise NotAllowed(f"第 {number} 轮正在服务，和自己没什么好比的。")
        if not model.is_dir() and keeper.host == socket.gethostname():
            raise NotAllowed(f"第 {number} 轮的模型文件不在了，没法比。")
        return str(model)


async def _prolonged(session: AsyncSession, row: Challenger, until: datetime, *, votes: bool) -> Told:
    await arena.prolong(session, row.id, until)
    if votes:
        await arena.change(session, row.id, arena.LIVE, votes=True)
    await session.refresh(row)
    there = "已经在旁边了" if row.status == "open" else "还在启动"
    return _told(f"{named(row, there)}，{'盲评' if row.votes else '留'}到 {_moment(row.until)}。", row)


def line(row: Challenger) -> str:
    """What stands beside the serving model, or is on its way there."""
    if row.status != "open":
        return f"正在旁边启动：{named(row)}"
    return f"在{'盲评' if row.votes else '对比'}：{named(row)}（{row.name}，{row.url}），到 {_moment(row.until)}"


def _told(text: str, row: Challenger) -> Told:
    return Told(text, {"challenger": row.id, "status": row.status})


def _moment(moment: datetime) -> str:
    there = local(moment)
    return f"{there:%H:%M}" if there.date() == today() else f"{there:%m-%d %H:%M}"
