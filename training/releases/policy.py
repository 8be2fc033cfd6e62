"""What superusers may ask about releases; promoting is :meth:`RoundPolicy.promote`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paper.releases.words import named
from store import arena, releases
from store.db import Sessions, alone
from store.models import Release
from training.releases.comparing import line
from training.rounds.aliases import Aliases
from training.rounds.policy import NotAllowed

COMING = "先启动、试问，没问题才换，换好了告诉你。"
WAITING = "记下了。gongkao serve 现在没有在运行，它起来就换上。"
NO_KEEPER = "还没有用 gongkao serve 上线过模型。"


class ReleasePolicy:
    def __init__(self, sessions: Sessions, aliases: Aliases) -> None:
        self._sessions = sessions
        self._aliases = aliases

    async def roll_back(self, by: str, where: Mapping[str, Any]) -> str:
        """Want the model that served before the present one; *where* says in which chat its outcome is told.

        Raises:
            NotAllowed: there is none, or another exchange is under way.
        """
        async with self._sessions.begin() as session:
            await alone(session)
            if await releases.last_beat(session) is None:
                return self._by_link()
            if under_way := await releases.of_status(session, *releases.UNDER_WAY):
                raise NotAllowed(f"{named(under_way[0], '正在上线')}，等它上完再换回。")
            last = await releases.last_served(session)
            back = await releases.before(session, last) if last else None
            if last is None or back is None:
                raise NotAllowed("没有上一个模型可以换回。")
            await releases.want(
                session,
                {
                    "kind": "rollback",
                    **releases.same_model(back),
                    "asked_by": by,
                    **where,
                },
            )
            alive = await releases.keeper(session)
        return f"正在从{named(last, '换回')}{named(back)}：{COMING}" if alive else WAITING

    def _by_link(self) -> str:
        back = self._aliases.roll_back()
        if back is None:
            raise NotAllowed("没有上一个模型可以换回。")
        return f"当前模型换回 {back}。重启模型服务后生效。"

    async def status(self) -> str:
        """What serves, what is on its way, and whether somebody looks after it."""
        async with self._sessions() as session:
            serving = await releases.current(session)
            coming = await releases.of_status(session, *releases.UNDER_WAY)
            beside = await arena.live(session)
            keeper = await releases.keeper(session)
            if keeper is None and await releases.last_beat(session) is None:
                return f"{NO_KEEPER}在显卡机器上运行 gongkao serve 模型文件夹。"
        lines = [f"在服务：{named(serving)}（{serving.name}，{serving.url}）" if serving else "现在没有模型在服务。"]
        lines += [f"{'正在启动' if row.status == 'starting' else '等着上线'}：{named(row)}" for row in coming]
        lines += [line(beside)] if beside is not None else []
        lines.append(f"看护它的是 {keeper.name}。" if keeper else "gongkao serve 没有动静了，模型要是停了没人重启。")
        return "\n".join(lines)

    async def history(self, most: int) -> Sequence[Release]:
        """The newest *most* releases, newest first."""
        async with self._sessions() as session:
            return await releases.latest(session, most)
