"""Questions put into the bank's table itself, broken ones too, which no import would let in."""

from __future__ import annotations

from typing import Any

from store import questions
from store.db import Sessions
from store.wording import fingerprint, stem_hash


async def add(sessions: Sessions, *rows: dict[str, Any]) -> None:
    """Add questions given as column values; what is left out has a plain value. Ids count from 1."""
    async with sessions() as session, session.begin():
        await questions.add_questions(session, [_whole(row) for row in rows])


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "kind": "short",
        "options": [],
        "material": "",
        "aliases": [],
        "explanation": "",
        "category": "法律",
        "difficulty": None,
        "source": "测试.docx",
        "valid_until": None,
        "status": "active",
    } | row
    plain.setdefault("fingerprint", fingerprint(plain["stem"], plain["options"], plain["material"]))
    plain.setdefault("stem_hash", stem_hash(plain["stem"]))
    return plain
