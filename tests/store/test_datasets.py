"""What a training set is made of, as the database tells it; versions and places."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from store import dataset_sources, datasets, paraphrases, splits
from store.dataset_sources import Decision
from store.db import Sessions
from store.models import (
    Ask,
    Correction,
    GateCase,
    Member,
    Paraphrase,
    Question,
    QuestionWording,
    Rating,
    ReviewItem,
)
from store.wording import stem_hash

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = date(2026, 4, 1)


def _question(number: int, **more: object) -> Question:
    values = {"kind": "short", "stem": f"第{number}问", "answer": "答", "fingerprint": f"{number:032x}"}
    return Question(id=number, stem_hash=stem_hash(f"第{number}问"), **(values | more))


def _item(number: int, question: int, *, verdict: str = "changed", status: str = "approved", at: int = 0) -> ReviewItem:
    return ReviewItem(
        id=number,
        subject=f"{question:032x}",
        causes={},
        question_id=question,
        kind="short",
        stem=f"第{question}问",
        status=status,
        verdict=verdict,
        decided_at=MOMENT + timedelta(hours=at or number),
    )


def _correction(number: int, item: int, status: str = "accepted", ask: int | None = None) -> Correction:
    return Correction(
        id=number, item_id=item, member_id="qq:1", proposed="答", claim=str(number), status=status, ask_id=ask
    )


@pytest.fixture
async def bank(sessions: Sessions) -> Sessions:
    """Five questions and a member."""
    async with sessions.begin() as session:
        session.add(Member(id="qq:1"))
        session.add_all(_question(number) for number in range(1, 6))
    return sessions


async def _add(sessions: Sessions, *groups: list[object]) -> None:
    async with sessions.begin() as session:
        for group in groups:
            session.add_all(group)
            await session.flush()


async def test_the_bank_comes_in_steps_with_places_and_wordings(
    bank: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_sources, "_STEP", 2)
    hashed = stem_hash("第2问")
    await _add(
        bank,
        [QuestionWording(question_id=2, stem="问第二", stem_hash=1)],
        [Paraphrase(question_id=2, stem="二问", stem_hash=2, of_stem_hash=hashed, model="m")],
        [Paraphrase(question_id=3, stem="旧题干的改写", stem_hash=3, of_stem_hash=hashed, model="m")],
    )
    async with bank.begin() as session:
        await splits.record(session, [(f"{2:032x}", "holdout", f"{1:032x}")])
    async with dataset_sources.snapshot(bank) as session:
        assert await dataset_sources.bank_size(session) == 5
        steps = [step async for step in dataset_sources.bank(session)]
    assert [[row.id for row in step.rows] for step in steps] == [[1, 2], [3, 4], [5]]
    assert [(row.side, row.cluster) for row in steps[0].rows] == [(None, None), ("holdout", f"{1:032x}")]
    assert (steps[0].wordings, steps[0].paraphrases) == ({2: ["问第二"]}, {2: ["二问"]})
    assert steps[1].paraphrases == {}


async def test_a_snapshot_does_not_see_what_comes_later(bank: Sessions) -> None:
    async with dataset_sources.snapshot(bank) as session:
        assert await dataset_sources.bank_size(session) == 5
        await _add(bank, [_question(6)])
        assert await dataset_sources.bank_size(session) == 5


async def test_a_decision_has_its_accepted_corrections_and_the_last_word_says_whether_it_is_withdrawn(
    bank: Sessions,
) -> None:
    items = [
        _item(1, 1),
        _item(2, 1, verdict="confirmed"),
        _item(3, 2),
        _item(4, 3, verdict="rejected"),
        _item(5, 4, status="undone"),
        _item(6, 5),
    ]
    corrections = [
        _correction(1, 1, "withdrawn"),
        _correction(2, 2),
        _correction(3, 3, "withdrawn"),
        _correction(4, 3, "withdrawn"),
        _correction(5, 4),
        _correction(6, 5),
    ]
    await _add(bank, items, corrections)
    async with bank() as session:
        assert await dataset_sources.decisions(session) == {
            1: Decision((2,), withdrawn=False),
            2: Decision((), withdrawn=True),
            5: Decision((), withdrawn=False),
        }


async def test_what_nobody_can_answer_is_told_until_a_later_word(bank: Sessions) -> None:
    items = [
        _item(1, 1, verdict="unanswerable"),
        _item(2, 2, verdict="unanswerable"),
        _item(3, 2, verdict="changed"),
        _item(4, 3, verdict="unanswerable"),
        _item(5, 4, verdict="unanswerable", status="undone"),
    ]
    await _add(bank, items, [_correction(1, 1), _correction(2, 4, "withdrawn")])
    async with bank() as session:
        told = await dataset_sources.unanswerable(session)
    assert [(one.subject, one.accepted) for one in told] == [(f"{1:032x}", (1,))]


async def test_gate_cases_are_the_newest_standing_ones_that_hold(bank: Sessions) -> None:
    def case(item: int, question: int, **more: object) -> GateCase:
        moment = MOMENT + timedelta(hours=item)
        values = {"kind": "short", "stem": "问", "answer": str(item), "created_at": moment}
        return GateCase(item_id=item, fingerprint=f"{question:032x}", **(values | more))

    items = [_item(1, 2), _item(2, 2), _item(3, 1), _item(4, 1, status="undone"), _item(5, 3), _item(6, 4)]
    cases = [case(1, 2), case(2, 2), case(3, 1), case(4, 1), case(5, 3, valid_until=DAY), case(6, 4)]
    cases[5].valid_until = DAY - timedelta(days=1)
    await _add(bank, items, cases)
    async with bank() as session:
        assert [case.answer for case in await dataset_sources.gate_cases(session, DAY)] == ["3", "2", "5"]


async def test_a_question_retired_since_is_no_gate_case(bank: Sessions) -> None:
    async with bank.begin() as session:
        session.add_all([_item(1, 1), _item(2, 1, verdict="retired"), _item(3, 2, verdict="retired"), _item(4, 2)])
        await session.flush()
        for item, question in ((1, 1), (4, 2)):
            session.add(
                GateCase(
                    item_id=item,
                    kind="short",
                    stem=f"第{question}问",
                    answer="答",
                    fingerprint=f"{question:032x}",
                    created_at=MOMENT + timedelta(hours=item),
                )
            )
    async with bank() as session:
        assert [case.item_id for case in await dataset_sources.gate_cases(session, DAY)] == [4]


async def test_down_votes_are_counted_and_corrected_rounds_are_known(bank: Sessions) -> None:
    asks = [
        Ask(
            id=number,
            account="a",
            member_id="qq:1",
            text="问",
            question_id=question,
            received_at=MOMENT,
            passport=passport,
        )
        for number, question, passport in (
            (1, 1, {"round": "r1"}),
            (2, 1, {"round": None}),
            (3, None, None),
            (4, 2, {}),
        )
    ]
    ratings = [Rating(ask_id=number, member_id="qq:1", value=-1 if number < 4 else 1) for number in range(1, 5)]
    corrections = [_correction(number, 1, ask=number) for number in range(1, 4)]
    await _add(bank, asks, ratings, [_item(1, 1)], corrections)
    async with bank() as session:
        assert await dataset_sources.wrong_counts(session) == {1: 2}
        assert await dataset_sources.corrected_rounds(session) == {1: "r1"}
        assert [row.id for row in await paraphrases.lacking(session, 3)] == [1, 2, 3]


async def test_paraphrases_are_kept_once_and_end_with_the_stem(bank: Sessions) -> None:
    async with bank.begin() as session:
        values = {"question_id": 1, "of_stem_hash": stem_hash("第1问"), "model": "m"}
        assert await paraphrases.add(session, stems=["问一", "问一。", "一问"], **values) == 2
        assert await paraphrases.add(session, stems=["问一"], **values) == 0
    async with bank.begin() as session:
        assert [row.id for row in await paraphrases.lacking(session, 1)] == [2]
        await session.execute(update(Question).where(Question.id == 1).values(stem_hash=5))
        assert [row.id for row in await paraphrases.lacking(session, 1)] == [1]


async def test_a_version_belongs_to_one_round_and_knows_what_was_withdrawn_since(bank: Sessions) -> None:
    await _add(bank, [_item(1, 1)], [_correction(1, 1), _correction(2, 1)])
    async with bank.begin() as session:
        # A correction that was deleted meanwhile does no harm.
        await datasets.register(session, name="v0001", sha256="a", manifest={"format": 1}, corrections=[1, 2, 99])
        await datasets.register(session, name="v0002", sha256="b", manifest={}, corrections=[])
    async with bank.begin() as session:
        assert [row.name for row in await datasets.versions(session)] == ["v0001", "v0002"]
        assert await datasets.withdrawn_since(session, "v0001") == 0
        await session.execute(update(Correction).where(Correction.id == 2).values(status="withdrawn"))
        assert await datasets.withdrawn_since(session, "v0001") == 1
        assert await datasets.use(session, "v0001", "r1")
        assert not await datasets.use(session, "v0001", "r2")
        assert not await datasets.use(session, "v0009", "r2")
        version = await datasets.version(session, "v0001")
        assert version is not None
        assert version.round == "r1"
        assert version.used_at is not None
    with pytest.raises(IntegrityError):
        async with bank.begin() as session:
            await datasets.use(session, "v0002", "r1")
    with pytest.raises(IntegrityError):
        async with bank.begin() as session:
            await datasets.register(session, name="v0003", sha256="a", manifest={}, corrections=[])


async def test_a_place_is_given_once(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "_CHUNK", 2)
    new = [(f"{number:032x}", "train", f"{1:032x}") for number in range(5, 0, -1)]
    async with sessions.begin() as session:
        await splits.record(session, new)
    async with sessions() as session:
        assert await splits.places(session) == sorted(new)
        assert await splits.place_of(session, f"{3:032x}") == new[2]
        assert await splits.place_of(session, "0" * 32) is None
    with pytest.raises(IntegrityError):
        async with sessions.begin() as session:
            await splits.record(session, [(f"{3:032x}", "holdout", f"{3:032x}")])
