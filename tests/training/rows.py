"""A small bank, and what members and reviewers did with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from store.db import Sessions
from store.models import Ask, Correction, GateCase, Member, Paraphrase, Question, QuestionWording, Rating, ReviewItem
from store.wording import fingerprint, stem_hash

MOMENT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def question(number: int, stem: str, answer: str, **more: Any) -> Question:
    options = more.setdefault("options", [])
    kind = more.pop("kind", "single" if options else "short")
    return Question(
        id=number,
        kind=kind,
        stem=stem,
        answer=answer,
        fingerprint=fingerprint(stem, options, more.get("material", "")),
        stem_hash=stem_hash(stem),
        aliases=more.pop("aliases", []),
        status=more.pop("status", "active"),
        source=more.pop("source", "自带题库"),
        category=more.pop("category", "历史"),
        explanation=more.pop("explanation", ""),
        **more,
    )


_PEOPLE = "嬴政刘邦曹操李渊赵匡胤忽必烈朱元璋皇太极孔丘孟轲庄周荀况韩非墨翟屈原贾谊"
_PLACES = "长江黄河珠江淮河泰山华山衡山恒山嵩山黄山庐山洞庭鄱阳太湖洪泽青海纳木错天池"


def many(first: int, count: int) -> list[Question]:
    """Different questions, some with options."""
    made: list[Question] = []
    for number in range(first, first + count):
        person = _PEOPLE[number * 7 % len(_PEOPLE)] + _PEOPLE[number * 11 % len(_PEOPLE)]
        place = _PLACES[number * 5 % len(_PLACES)] + _PLACES[number * 3 % len(_PLACES)]
        word = f"{chr(0x4E00 + number * 37 % 9000)}{chr(0x5000 + number * 91 % 9000)}{chr(0x6000 + number * 53 % 7000)}"
        if number % 3 == 0:
            options = [f"{word}{name}" for name in ("之变", "之治", "之盟", "之战")]
            made.append(question(number, f"{person}在{place}经历的{word}事件史称（ ）。", "B", options=options))
        else:
            stem = f"{word}一书里记载{person}游历{place}的作者是"
            made.append(question(number, stem, f"{word}生", aliases=[f"阿{person}"], explanation=f"{word}自述如此。"))
    return made


async def fill(sessions: Sessions, *, count: int = 60) -> None:
    """*count* questions; some corrected, voted down, worded otherwise."""
    async with sessions.begin() as session:
        session.add_all([Member(id="qq:1"), Member(id="qq:2")])
        session.add_all(many(1, count))
        await session.flush()
        session.add(
            QuestionWording(question_id=1, stem="谁写下了开头那本怪书", stem_hash=stem_hash("谁写下了开头那本怪书"))
        )
        stem = many(2, 1)[0].stem
        session.add(
            Paraphrase(
                question_id=2,
                stem="请问记载此事的人",
                stem_hash=stem_hash("请问记载此事的人"),
                of_stem_hash=stem_hash(stem),
                model="m",
            )
        )
        for number in range(1, 8):
            session.add(
                Ask(
                    id=number,
                    account="qq:9",
                    member_id="qq:1",
                    text="题",
                    question_id=4,
                    received_at=MOMENT,
                    passport={"source": "model", "round": "r1"},
                )
            )
        await session.flush()
        session.add_all(Rating(ask_id=number, member_id="qq:1", value=-1) for number in range(1, 8))


async def decide(
    sessions: Sessions, number: int, row: Question, *, verdict: str = "changed", corrections: str = "accepted"
) -> None:
    """An approved decision on *row*, told by two corrections of that status; *number* is the item's id."""
    async with sessions.begin() as session:
        session.add(
            ReviewItem(
                id=number,
                subject=row.fingerprint,
                causes={"correction": 1.0},
                question_id=row.id,
                kind=row.kind,
                stem=row.stem,
                options=row.options,
                status="approved",
                verdict=verdict,
                answer=row.answer,
                opened_at=MOMENT,
                decided_at=MOMENT + timedelta(minutes=number),
            )
        )
        await session.flush()
        for at, member in enumerate(("qq:1", "qq:2")):
            session.add(
                Correction(
                    id=number * 10 + at,
                    item_id=number,
                    member_id=member,
                    proposed=row.answer,
                    claim=f"c{number}{at}",
                    status=corrections,
                    created_at=MOMENT,
                    ask_id=1 if at == 0 else None,
                )
            )
        session.add(
            GateCase(
                item_id=number,
                question_id=row.id,
                kind="unanswerable" if verdict == "unanswerable" else row.kind,
                stem=row.stem,
                options=row.options,
                answer="" if verdict == "unanswerable" else row.answer,
                fingerprint=row.fingerprint,
            )
        )
