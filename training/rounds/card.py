"""The model card of a round, as files in its folder; the database holds what they are made from."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from loguru import logger
from typst import TypstError

from paper.rounds.facts import Facts, facts_of
from paper.rounds.markdown import markdown
from paper.rounds.picture import card
from store import rounds
from training.gate.verdict import Verdict
from training.rounds.folder import write_whole
from training.rounds.step import Job


async def write(job: Job, verdict: Verdict) -> list[str]:
    """Write the card as Markdown and as a picture; their names.

    Hours of training do not fail for a picture that cannot be drawn: then there is none.
    """
    async with job.sessions() as session:
        row = await rounds.get(session, job.number)
        steps = await rounds.steps(session, job.number)
    assert row is not None
    status = "ready" if verdict.passed else "rejected"
    facts = facts_of(row, steps, status=status, verdict=verdict.as_json(), at=datetime.now(UTC))
    write_whole(job.folder.card, markdown(facts))
    drawn = await asyncio.to_thread(_draw, job, facts)
    return [job.folder.card.name, *drawn]


def _draw(job: Job, facts: Facts) -> list[str]:
    picture = job.folder.card.with_suffix(".png")
    draft = picture.with_name(f".{picture.name}.new")
    try:
        draft.write_bytes(card(facts))
        draft.replace(picture)
    except (TypstError, OSError) as error:
        logger.warning("no picture of round {}: {}", job.number, error)
        return []
    return [picture.name]
