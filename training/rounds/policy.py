"""What may be done with a round, and by whom: every sentence here is for a superuser."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from store import releases, rounds
from store.db import Sessions, alone
from store.models import TrainingRound, now
from training.config import TrainingConfig
from training.rounds.aliases import Aliases
from training.rounds.folder import RoundFolder
from training.xtuner.checking import check_base
from training.xtuner.errors import NotReady

NO_BASE = '还没有底座模型。在 bot.toml 的 [training.rounds] 写上 base = "模型文件夹"（Hugging Face 格式）。'


COMING = "正在上线：先启动、试问，没问题才换，换好了告诉你。"
WAITING = "记下了。gongkao serve 现在没有在运行，它起来就换上。"


class NotAllowed(Exception):
    """It cannot be done; the message is Chinese and says what to do instead."""


class RoundPolicy:
    def __init__(self, sessions: Sessions, config: TrainingConfig, home: Path) -> None:
        self._sessions = sessions
        self._config = config
        self._home = home

    @property
    def base(self) -> Path:
        """The model to start from.

        Raises:
            NotAllowed: none is set, or it is no model that can be trained.
        """
        if self._config.rounds.base is None:
            raise NotAllowed(NO_BASE)
        folder = (self._home / self._config.rounds.base).resolve()
        try:
            return check_base(folder, self._config.xtuner, on_cpu=self._config.rounds.device == "cpu").folder
        except NotReady as error:
            raise NotAllowed(str(error)) from error

    async def start(self, by: str, note: str, where: dict[str, Any]) -> tuple[TrainingRound, str]:
        """Ask for a round; the row and the sentence.

        Raises:
            NotAllowed: there is no base, or a round is under way.
        """
        base = self.base
        needed = self._config.rounds.approvals
        async with self._sessions.begin() as session:
            await alone(session)
            if under_way := await rounds.unfinished(session):
                raise NotAllowed(f"第 {under_way[0].id} 轮还没完，先等它完成，或 /训练 取消 {under_way[0].id}。")
            row = await rounds.add(
                session,
                {
                    "status": "queued" if needed == 1 else "waiting",
                    "note": note,
                    "approvals": [by],
                    "base": str(base),
                    "settings": self._config.model_dump(mode="json"),
                    **where,
                },
            )
        if needed == 1:
            return row, f"第 {row.id} 轮排上了，马上开始。发 /训练 状态 看进度。"
        return row, f"第 {row.id} 轮等另外 {needed - 1} 位超级用户同意：/训练 同意 {row.id}"

    async def why_not_yet(self) -> str:
        """Why a schedule leaves it for this time, in Chinese for the log; empty when a round is worth its while."""
        async with self._sessions() as session:
            if under_way := await rounds.unfinished(session):
                return f"第 {under_way[0].id} 轮还没完"
            count = await rounds.approved_since_last_round(session)
        wanted = self._config.rounds.threshold
        return "" if count >= wanted else f"新纠错 {count} 条，不到 {wanted} 条"

    async def approve(self, number: int, by: str) -> str:
        """One more superuser wants the round.

        Raises:
            NotAllowed: it does not wait for that, or not for this person.
        """
        needed = self._config.rounds.approvals
        async with self._sessions.begin() as session:
            row = await self._locked(session, number)
            if row.status != "waiting":
                raise NotAllowed(f"第 {number} 轮不用再同意了。")
            if by in row.approvals:
                raise NotAllowed("你已经同意过了，要另一位超级用户。")
            row.approvals = [*row.approvals, by]
            if len(row.approvals) >= needed:
                row.status = "queued"
                return f"第 {number} 轮排上了，马上开始。"
        return f"记下了，还要 {needed - len(row.approvals)} 位。"

    async def cancel(self, number: int | None) -> str:
        """Stop a round, by default the one under way.

        Raises:
            NotAllowed: there is none, or it has ended.
        """
        async with self._sessions.begin() as session:
            if number is None:
                under_way = await rounds.unfinished(session)
                if not under_way:
                    raise NotAllowed("没有在做的训练。")
                number = under_way[0].id
            row = await self._locked(session, number)
            if row.status in rounds.ENDED:
                raise NotAllowed(f"第 {number} 轮已经结束了。")
            if row.status == "running" and not rounds.is_silent(row):
                row.cancel_asked = True
                return f"第 {number} 轮正在停，已做完的步骤会留着。"
            row.status, row.finished_at, row.worker, row.gpu = "cancelled", now(), None, None
            row.told = "cancelled"
        return f"第 {number} 轮取消了。"

    async def resume(self, number: int | None) -> str:
        """Queue a failed or cancelled round again, by default the newest.

        Raises:
            NotAllowed: there is none, it has not failed, another one is under way, or it has still to be
                trained and the base is none.
        """
        async with self._sessions.begin() as session:
            await alone(session)
            if number is None:
                newest = await rounds.latest(session, 1)
                if not newest:
                    raise NotAllowed("还没有训练过。")
                number = newest[0].id
            row = await self._locked(session, number)
            if row.status not in ("failed", "cancelled"):
                raise NotAllowed(f"第 {number} 轮不用继续：它没有中断。")
            if under_way := await rounds.unfinished(session):
                raise NotAllowed(f"第 {under_way[0].id} 轮还没完，先等它完成。")
            row.status, row.problem, row.told, row.finished_at, row.cancel_asked = "queued", "", "", None, False
            # What was changed in bot.toml is why it may work now.
            row.settings = self._config.model_dump(mode="json")
            if "train" not in [step.name for step in await rounds.steps(session, number)]:
                row.base = str(self.base)
        return f"第 {number} 轮从断的地方接着做。"

    async def promote(self, number: int, by: str, *, force: bool, where: Mapping[str, Any] | None = None) -> str:
        """Let the round's model serve: by the keeper where there is one, else by the link ``current``.

        *where* are the columns of a release that say in which chat its outcome is told.

        Raises:
            NotAllowed: unknown, not evaluated, rejected (unless forced by enough persons), or its model is gone.
        """
        async with self._sessions.begin() as session:
            row = await self._locked(session, number)
            if row.status not in ("ready", "rejected"):
                raise NotAllowed(f"第 {number} 轮还没有评测完，不能上线。")
            model = self.folder(number).served
            kept = await releases.last_beat(session) is not None
            keeper = await releases.keeper(session)
            if not model.is_dir() and (keeper is None or keeper.host == socket.gethostname()):
                raise NotAllowed(f"第 {number} 轮的模型文件不在了，不能上线。")
            if row.status == "rejected":
                if not force:
                    raise NotAllowed(
                        f"第 {number} 轮没过门槛，不上线。\n{row.problem}\n"
                        f"一定要上，得 {self._config.rounds.force_approvals} 位超级用户分别发：/发布 {number} 强制"
                    )
                if by not in row.forced_by:
                    row.forced_by = [*row.forced_by, by]
                left = self._config.rounds.force_approvals - len(row.forced_by)
                if left > 0:
                    return f"记下了，还要 {left} 位超级用户发：/发布 {number} 强制"
            forced = "（没过门槛，强制上线，已记录）" if row.status == "rejected" else ""
            if kept:
                serving = await releases.current(session)
                if serving is not None and serving.round_id == number:
                    raise NotAllowed(f"第 {number} 轮正在服务，不用再上线。")
                asked = {"kind": "promote", "round_id": number, "model": str(model), "asked_by": by, **(where or {})}
                await releases.want(session, asked)
                return f"第 {number} 轮{forced}{COMING if keeper else WAITING}"
            row.promoted_at = now()
            await session.flush()
            # Last: what cannot be linked was not promoted.
            Aliases(self.models).promote(model)
        return f"第 {number} 轮成为当前模型{forced}：{self.models / 'current'}。重启模型服务后生效。"

    @property
    def models(self) -> Path:
        return (self._home / self._config.rounds.models).resolve()

    def folder(self, number: int) -> RoundFolder:
        return RoundFolder((self._home / self._config.rounds.folder).resolve(), number)

    async def _locked(self, session: AsyncSession, number: int) -> TrainingRound:
        row = await rounds.lock(session, number)
        if row is None:
            raise NotAllowed(f"没有第 {number} 轮。")
        return row
