"""What becomes of the corrections of a settled item, and the sentence that tells their reporters."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.corrections.proposal import Understood
from bot.services.notices import reachable
from paper.excerpts import excerpt
from store import corrections, notices
from store.models import Correction, Notice, ReviewItem, now

_STEM = 30


async def settle(
    session: AsyncSession, item: ReviewItem, made: Sequence[Correction], chosen: Understood | None
) -> None:
    """Give each open correction of the item its fate and put the news of it in the outbox."""
    for one in made:
        one.status, one.outcome = _fate(item, one, chosen)
        one.settled_at = now()
        await _tell(session, item, one)
    await session.flush()


async def reopen(session: AsyncSession, item: ReviewItem) -> None:
    """The decision was undone: what it settled waits again; news that nobody has got yet is taken back.

    What went out already is followed by the news of the next decision, see :func:`_tell`.
    """
    await notices.forget(session, [one.id for one in await corrections.of_item(session, item.id)])
    rows = await session.scalars(
        select(Correction).where(Correction.item_id == item.id, Correction.status.in_(("accepted", "rejected")))
    )
    for one in rows.all():
        one.status, one.outcome, one.settled_at = "open", "", None
    await session.flush()


def _fate(item: ReviewItem, one: Correction, chosen: Understood | None) -> tuple[str, str]:
    match item.verdict:
        case "rejected":
            return "rejected", item.reason or _as_it_was(item)
        case "retired":
            return "accepted", "这道题确实有问题，已停用"
        case "unanswerable":
            return "accepted", "这道题没有公认的答案，已停用"
        case _:
            assert chosen is not None
            if one.claim == chosen.claim:
                return "accepted", "题库已加上这种答法" if item.verdict == "alias" else "题库已更新"
            if item.verdict == "alias":
                return "rejected", _as_it_was(item)
            return "rejected", f"审核采用的答案是「{chosen.words}」"


def _as_it_was(item: ReviewItem) -> str:
    return f"审核认为原来的答案「{item.answered}」没有错" if item.answered else "审核没有采用这个答案"


async def _tell(session: AsyncSession, item: ReviewItem, one: Correction) -> None:
    if not reachable(one.account):
        return
    shown = excerpt(item.stem, _STEM)
    if one.status == "accepted":
        text = f"你的纠错 #{one.id} 采纳了：「{shown}」{one.outcome}。谢谢你，下一轮训练会用上。"
    else:
        text = f"你的纠错 #{one.id} 没有采纳：「{shown}」{one.outcome}。"
    told = await session.scalar(select(Notice).where(Notice.correction_id == one.id, Notice.cause == "settled"))
    if told is not None:
        # An earlier decision was undone after its news had gone out, or had been given up.
        told.text = text if told.problem else f"更正：{text}"
        told.tries, told.next_try_at, told.sent_at, told.problem = 0, now(), None, ""
        return
    session.add(
        Notice(
            correction_id=one.id,
            cause="settled",
            account=one.account,
            member_id=one.reported_by,
            group_id=one.group_id,
            text=text,
        )
    )
