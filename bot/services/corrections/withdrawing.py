"""A member's right to take a correction back, until a training round has used it."""

from __future__ import annotations

from bot.services.corrections.reporting import Refused, weigh
from store import corrections as queries
from store import notices, reviews
from store.db import Sessions
from store.models import Correction, now

_LARGEST_ID = 2**63 - 1


class WithdrawService:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def withdraw(self, correction_id: int, member_id: str) -> str:
        """Take the member's own correction back; the sentence that says so.

        An answer that reviewers have already approved stays in the bank: they
        vouch for it. No later training set takes it.

        Raises:
            Refused: not the member's, settled otherwise, or learnt by a round.
        """
        async with self._sessions.begin() as session:
            row = await session.get(Correction, correction_id) if 0 < correction_id <= _LARGEST_ID else None
            if row is None or row.member_id != member_id:
                raise Refused(f"没有编号为 {correction_id} 的纠错，或者不是你提交的。")
            # The item's lock first, as whoever reviews it takes it.
            item = await reviews.lock_item(session, row.item_id)
            await session.refresh(row)
            if row.status == "withdrawn":
                raise Refused(f"纠错 #{correction_id} 早就撤回了。")
            if row.status == "rejected":
                raise Refused(f"纠错 #{correction_id} 没有被采纳，不用撤回。")
            # A round that takes the correction at this moment waits for us, or we for it.
            await queries.hold_versions(session, row.id)
            if used := (await queries.trained(session, [row.id])).get(row.id):
                raise Refused(f"第 {used} 轮训练已经用了纠错 #{correction_id}，撤不回来了。")
            accepted = row.status == "accepted"
            row.status, row.settled_at, row.outcome = "withdrawn", now(), queries.TAKEN_BACK
            await notices.forget(session, [row.id])
            await session.flush()
            if item is not None and item.status == "open":
                await weigh(session, item)
                if not item.causes:
                    item.status, item.decided_at = "withdrawn", now()
        if accepted:
            return f"纠错 #{correction_id} 撤回了，以后的训练不会用它。题库里的答案经审核人确认过，保留。"
        return f"纠错 #{correction_id} 撤回了。"
