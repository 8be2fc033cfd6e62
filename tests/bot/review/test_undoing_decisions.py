"""A decision that is taken back leaves the bank as it was, and the reporter hears the new outcome."""

from __future__ import annotations

import asyncio
import json
from datetime import date

import pytest
from sqlalchemy import update

from bot.services.importing.history import ImportHistory
from bot.services.importing.importer import ImportService
from bot.services.review.deciding import NotDecidable
from store.models import Notice, Question, now
from store.search import IndexKeeper
from tests.bot.review.scene import CHOICE, CHOICE_ASKED, RIVERS, SHORT, Scene

WHOLE = CHOICE | {
    "explanation": "旧解析",
    "category": "地理",
    "difficulty": 2,
    "valid_until": date(2030, 1, 1),
    "material": "据材料回答。",
}
_KEPT = [column.name for column in Question.__table__.columns if column.name not in ("changed_in", "updated_at")]


async def snapshot(scene: Scene) -> list[dict]:
    return [{name: getattr(row, name) for name in _KEPT} for row in await scene.all_questions()]


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (WHOLE, ("approve", "B", {"explanation": "新解析", "valid_until": date(2027, 12, 31)})),
        (WHOLE, ("approve", "BC", {})),
        (WHOLE, ("approve", "A", {"explanation": "新解析"})),
        (WHOLE, ("retire", "", {})),
        (WHOLE, ("unanswerable", "", {})),
        (WHOLE, ("reject", "", {})),
        (SHORT | {"aliases": ["汉书"]}, ("alias", "班固《汉书》", {"valid_until": date(2027, 1, 1)})),
        (SHORT | {"aliases": ["汉书"]}, ("approve", "《史记》", {})),
        (SHORT | {"answer": "", "status": "unanswered", "aliases": ["史记"]}, ("approve", "《史记》", {})),
        (SHORT | {"valid_until": date(2020, 1, 1)}, ("approve", "《汉书》", {})),
        (SHORT | {"status": "retired"}, ("approve", "《史记》", {})),
    ],
)
async def test_the_bank_is_restored_exactly(scene: Scene, row, verdict):
    await scene.add(row)
    item = await scene.item_of((await scene.about(1, "D" if row["kind"] == "single" else "《左传》")).correction_id)
    before, version = await snapshot(scene), await scene.version()
    action, answer, more = verdict
    decision = await scene.decide(item, action, answer, by="1", **more)
    if not decision.settled:
        decision = await scene.decide(item, action, answer, by="2", **more)
    assert decision.settled
    version = await scene.version()
    undone = await scene.undoing.undo(item)
    assert await snapshot(scene) == before
    assert await scene.version() == version + 1
    assert (await scene.question()).changed_in in (0, version + 1)
    assert (undone.status, undone.verdict, undone.decided_by) == ("open", "", None)
    assert await scene.cases() == await scene.rivals() == await scene.told() == []
    made = (await scene.all_corrections())[0]
    assert (made.status, made.outcome, made.settled_at) == ("open", "", None)
    # The votes are gone: nobody's word from before counts.
    assert (await scene.queue.next("1")).votes == ()


async def test_rivals_are_open_again_and_the_question_disputed(scene: Scene):
    await scene.add(CHOICE)
    await scene.rival(1, "长江")
    await scene.intake.collect()
    item = (await scene.items())[0].id
    before = await snapshot(scene)
    assert before[0]["status"] == "disputed"
    for action, answer in (("approve", "A"), ("reject", ""), ("retire", "")):
        await scene.decide(item, action, answer)
        assert [one.settled_by for one in await scene.rivals()] == [item]
        await scene.undoing.undo(item)
        assert [one.settled_by for one in await scene.rivals()] == [None]
        assert await snapshot(scene) == before


async def test_a_question_that_a_decision_brought_is_retired_and_may_come_back(scene: Scene):
    ask = await scene.ask(CHOICE_ASKED, state="refused", reason="not_in_bank")
    item = await scene.item_of((await scene.report(ask, "B")).correction_id)
    await scene.decide(item)
    await scene.undoing.undo(item)
    assert (await scene.question()).status == "retired"
    card = await scene.queue.open(item, "2")
    assert card.needed == 1
    assert (await scene.decide(item, "approve", "C", by="2")).settled
    question = await scene.question()
    assert (question.answer, question.status) == ("C", "active")
    assert len(await scene.all_questions()) == 1


async def test_news_nobody_got_are_taken_back_and_others_are_put_right(scene: Scene):
    await scene.add(CHOICE)
    item = await scene.item_of((await scene.about(1, "B")).correction_id)
    await scene.about(1, "C", member="qq:101")
    await scene.overturn(item)
    first, _ = await scene.told()
    await scene.notices.sent(first.id)
    await scene.undoing.undo(item)
    assert [(one.id, bool(one.sent_at)) for one in await scene.told()] == [(first.id, True)]
    await scene.decide(item, "reject", reason="查过了")
    told = await scene.told()
    assert [(one.correction_id, one.sent_at, one.tries) for one in told] == [(1, None, 0), (2, None, 0)]
    assert told[0].text == "更正：你的纠错 #1 没有采纳：「我国最长的河流是哪条？」查过了。"
    assert told[1].text.startswith("你的纠错 #2 没有采纳")
    assert [due.text for _, due in await scene.notices.due(["qq:10001"])] == [one.text for one in told]


async def test_news_that_were_given_up_are_simply_told_again(scene: Scene):
    await scene.add(CHOICE)
    item = await scene.item_of((await scene.about(1, "B")).correction_id)
    await scene.decide(item, "reject")
    for _ in range(6):
        async with scene.sessions.begin() as session:
            await session.execute(update(Notice).values(next_try_at=now()))
        for _, due in await scene.notices.due(["qq:10001"]):
            await scene.notices.refused(due.notice_id, "refused")
    assert (await scene.told())[0].problem == "refused"
    await scene.undoing.undo(item)
    await scene.overturn(item)
    told = await scene.told()
    assert len(told) == 1
    assert told[0].text.startswith("你的纠错 #1 采纳了")
    assert (told[0].sent_at, told[0].problem) == (None, "")


async def test_an_undo_cannot_be_undone(scene: Scene):
    await scene.add(CHOICE)
    item = await scene.item_of((await scene.about(1, "B")).correction_id)
    for number in (item, item + 7):
        with pytest.raises(NotDecidable, match="没有"):
            await scene.undoing.undo(number)
    await scene.overturn(item)
    await scene.undoing.undo(item)
    with pytest.raises(NotDecidable, match=f"审核 {item} 没有可以撤销的决定。"):
        await scene.undoing.undo(item)
    await scene.overturn(item, "approve", "C")
    await scene.undoing.undo(item)
    assert (await scene.question()).answer == "A"


async def test_a_question_that_waits_under_another_number_comes_first(scene: Scene):
    await scene.add(CHOICE)
    item = await scene.item_of((await scene.about(1, "B")).correction_id)
    await scene.overturn(item)
    other = await scene.item_of((await scene.about(1, "C", member="qq:101")).correction_id)
    with pytest.raises(NotDecidable, match=f"这道题又有新的待审（审核 {other}）"):
        await scene.undoing.undo(item)
    assert (await scene.question()).answer == "B"


async def test_a_later_decision_about_the_question_comes_first(scene: Scene):
    await scene.add(CHOICE)
    await scene.rival(1, "珠江")
    await scene.intake.collect()
    first = (await scene.items())[0].id
    await scene.overturn(first, "approve", "C")
    second = await scene.item_of((await scene.about(1, "B")).correction_id)
    await scene.overturn(second)
    with pytest.raises(NotDecidable, match=f"这道题后来又审过（审核 {second}），先撤销那一件。"):
        await scene.undoing.undo(first)
    question = await scene.question()
    assert (question.answer, question.status) == ("B", "active")
    # A later word that the key is right rests on it as well.
    await scene.undoing.undo(second)
    await scene.decide(second, "reject")
    with pytest.raises(NotDecidable, match="后来又审过"):
        await scene.undoing.undo(first)


async def test_what_something_else_changed_since_stays(scene: Scene):
    await scene.add(SHORT | {"aliases": ["汉书"], "explanation": "旧"})
    item = await scene.item_of((await scene.about(1, "班固的书")).correction_id)
    await scene.decide(item, "alias")
    async with scene.sessions.begin() as session:
        question = await session.get_one(Question, 1)
        question.aliases = [*question.aliases, "前汉书"]
        question.category = "历史"
    await scene.undoing.undo(item)
    question = await scene.question()
    assert (question.aliases, question.category) == (["汉书", "前汉书"], "历史")


async def test_an_item_that_all_its_reporters_left_is_over(scene: Scene):
    await scene.add(CHOICE)
    number = (await scene.about(1, "B")).correction_id
    item = await scene.item_of(number)
    await scene.overturn(item)
    await scene.withdrawing.withdraw(number, "qq:100")
    assert (await scene.undoing.undo(item)).status == "undone"
    assert (await scene.question()).answer == "A"
    assert await scene.queue.next("1") is None
    with pytest.raises(NotDecidable, match="之前的决定已撤销"):
        await scene.decide(item)
    # Then the question may be reported anew.
    assert (await scene.about(1, "B", member="qq:101")).fresh


async def test_an_undo_and_a_report_at_the_same_instant_do_not_make_two_items(scene: Scene, monkeypatch):
    await scene.add(CHOICE)
    item = await scene.item_of((await scene.about(1, "B")).correction_id)
    await scene.overturn(item)

    async def unseen(*_):
        return None

    monkeypatch.setattr(scene.undoing, "_refuse_double", unseen)
    await scene.about(1, "C", member="qq:101")
    with pytest.raises(NotDecidable, match="刚刚又有人提"):
        await scene.undoing.undo(item)
    assert (await scene.question()).answer == "B"
    assert [one.status for one in await scene.items()] == ["approved", "open"]


@pytest.fixture
def importer(scene: Scene) -> ImportService:
    return ImportService(scene.sessions, IndexKeeper(scene.sessions, None))


@pytest.fixture
def file(tmp_path):
    def make(*rows: dict, name: str = "bank.jsonl"):
        path = tmp_path / name
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
        return path

    return make


async def test_an_import_that_is_undone_leaves_what_a_reviewer_decided(scene: Scene, importer, file):
    report = await importer.import_file(file(CHOICE, SHORT))
    item = await scene.item_of((await scene.about(1, "B")).correction_id)
    await scene.overturn(item)
    await ImportHistory(scene.sessions).undo(report.import_id)
    rows = await scene.all_questions()
    assert [(row.answer, row.status, row.import_id) for row in rows] == [("B", "active", None)]
    assert (await scene.cases())[0].question_id == rows[0].id


async def test_a_key_that_a_reviewer_confirmed_stays_when_its_file_goes(scene: Scene, importer, file):
    await scene.add(SHORT | {"answer": "", "status": "unanswered"})
    report = await importer.import_file(file({"kind": "short", "stem": SHORT["stem"], "answer": "《史记》"}))
    item = await scene.item_of((await scene.about(1, "《左传》")).correction_id)
    assert (await scene.decide(item, "approve", "《史记》")).verdict == "confirmed"
    await ImportHistory(scene.sessions).undo(report.import_id)
    question = await scene.question()
    assert (question.answer, question.status) == ("《史记》", "active")


async def test_a_review_after_its_questions_import_was_undone_adds_the_question(scene: Scene, importer, file):
    report = await importer.import_file(file(CHOICE))
    item = await scene.item_of((await scene.about(1, "B")).correction_id)
    await ImportHistory(scene.sessions).undo(report.import_id)
    assert await scene.all_questions() == []
    assert (await scene.item(item)).question_id is None
    card = await scene.queue.next("1")
    assert card.question is None
    assert (await scene.decide(item, "approve", "B")).verdict == "added"
    question = (await scene.all_questions())[0]
    assert (question.answer, question.options, question.status) == ("B", RIVERS, "active")


async def test_an_import_is_undone_while_a_reviewer_decides(scene: Scene, importer, file):
    """The two take the bank and the item in the same order: neither is told of a deadlock."""
    report = await importer.import_file(file(CHOICE))
    item = await scene.item_of((await scene.about(1, "B")).correction_id)
    await scene.decide(item, "approve", "B", by="1")
    await asyncio.gather(
        scene.decide(item, "approve", "B", by="2"), ImportHistory(scene.sessions).undo(report.import_id)
    )
    assert (await scene.item(item)).status == "approved"
    assert [row.answer for row in await scene.all_questions()] == ["B"]


async def test_a_dispute_ends_when_the_file_goes_and_comes_back_with_it(scene: Scene, importer, file):
    await scene.add(CHOICE)
    other = file(CHOICE | {"answer": "B"})
    for _ in range(2):
        report = await importer.import_file(other)
        assert report.counts["conflict"] == 1
        assert await scene.intake.collect() == 1
        assert (await scene.queue.next("1")).item.causes == {"conflict": 0.6}
        await ImportHistory(scene.sessions).undo(report.import_id)
        assert await scene.queue.next("1") is None
    assert {one.status for one in await scene.items()} == {"moot"}
