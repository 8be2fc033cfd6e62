"""The talk of a review, sentence by sentence."""

from __future__ import annotations

import pytest

from bot.services.review import desk
from bot.services.review.verdict import Unclear, Verdict, read_verdict
from tests.bot.review.scene import CHOICE, CHOICE_ASKED, SHORT, Scene

BOSS, SECOND, MEMBER = "qq:1", "qq:2", "qq:100"
LANE = "group:500"


async def test_a_whole_talk(scene: Scene):
    await scene.add(CHOICE, SHORT)
    ask = await scene.ask("虚构的青桐国建都何处？", state="refused", reason="not_in_bank")
    await scene.report(ask, "青桐城")
    await scene.about(1, "B")
    await scene.about(2, "《史记》")
    card = await scene.desk.begin(LANE, BOSS)
    assert card.startswith("审核 1 · 有人纠错、没答上来（还有 2 件）\n题：虚构的青桐国建都何处")
    assert scene.desk.is_talking(LANE, BOSS)
    assert not scene.desk.is_talking(LANE, SECOND)
    assert not scene.desk.is_talking("private:1", BOSS)
    said = await scene.desk.answer(LANE, BOSS, "1")
    assert said.startswith("审核 1：补上答案「青桐城」。（反悔发 /撤销审核 1）\n\n审核 2 · 有人纠错（还有 1 件）")
    said = await scene.desk.answer(LANE, BOSS, "通过")
    assert said.startswith("审核 2 记下你的意见「长江」，还要 1 位审核人同意才生效。\n\n审核 3")
    said = await scene.desk.answer(LANE, BOSS, "3 汉书没有错")
    assert said == "审核 3：没有采纳。\n\n没有待审的了。"
    assert not scene.desk.is_talking(LANE, BOSS)
    assert await scene.desk.answer(LANE, BOSS, "1") == "没有待审的了。"
    assert await scene.desk.begin(LANE, BOSS) == "没有待审的了。"

    card = await scene.desk.begin(LANE, SECOND)
    assert "另一位审核人：通过「长江」" in card
    assert await scene.desk.answer(LANE, SECOND, "2B") == (
        "审核 2：答案改成「长江」。（反悔发 /撤销审核 2）\n\n没有待审的了。"
    )
    assert scene.bank.size == 3
    assert await scene.desk.undo(SECOND, 2) == "审核 2 撤销了，题库恢复原样，这道题回到待审。"
    assert await scene.desk.undo(SECOND, 2) == "审核 2 没有可以撤销的决定。"
    assert "题库 #1：A. 黄河" in await scene.desk.begin(LANE, BOSS, 2)


@pytest.mark.parametrize("word", ["0", "退出", "结束", "停", "结束审核。", "/0"])
async def test_the_end_gives_the_card_back(scene: Scene, word):
    await scene.add(CHOICE)
    await scene.about(1, "B")
    await scene.desk.begin(LANE, BOSS)
    assert scene.desk.understands(word)
    assert await scene.desk.answer(LANE, BOSS, word) == "好，先审到这里。"
    assert not scene.desk.is_talking(LANE, BOSS)
    assert (await scene.item(1)).held_by is None


async def test_what_does_not_parse_keeps_the_card(scene: Scene):
    await scene.add(CHOICE)
    await scene.about(1, "B")
    await scene.desk.begin(LANE, BOSS)
    assert await scene.desk.answer(LANE, BOSS, "嗯嗯") == "没看懂。回复 1 到 7，或者 0 结束。"
    assert await scene.desk.answer(LANE, BOSS, "2") == "改成什么？这样写：2 正确答案，选择题写字母就行。"
    assert await scene.desk.answer(LANE, BOSS, "2 B 至2027-02-30") == "没有这一天。有效期这样写：至2027-12-31"
    assert await scene.desk.answer(LANE, BOSS, "2 F") == "这道题只有 A 到 D，没有 F。"
    assert await scene.desk.answer(LANE, BOSS, "5") == "只有简答题有「也算对」，这道要么改答案，要么驳回。"
    assert scene.desk.is_talking(LANE, BOSS)
    assert (await scene.desk.answer(LANE, BOSS, "4")).startswith("审核 1 跳过。")
    assert await scene.desk.begin(LANE, BOSS) == "没有待审的了。你跳过的还有 1 件，要看发 /审核 1。"
    assert (await scene.desk.begin(LANE, BOSS, 1)).startswith("审核 1 · ")
    await scene.desk.answer(LANE, BOSS, "4")


async def test_other_talk_is_no_business_of_the_desk(scene: Scene):
    for text in (
        "今天吃什么",
        "2020年是哪年？",
        "改革开放",
        "1+1",
        "通过率多少",
        "第2题",
        "我觉得是1",
        "10",
        "3.14",
        "2BCD题",
    ):
        assert not scene.desk.understands(text), text
    for text in ("1", "１", "2 B", "2B", "改成长江", "改B", "改", "3", "驳回 没错", "跳过", "5 也行", "无解", "/通过"):
        assert scene.desk.understands(text), text


async def test_who_is_no_reviewer_is_told(scene: Scene):
    await scene.add(CHOICE)
    await scene.about(1, "B")
    for coming in (
        scene.desk.begin(LANE, MEMBER),
        scene.desk.begin(LANE, "web:1", 1),
        scene.desk.answer(LANE, MEMBER, "1"),
        scene.desk.undo(MEMBER, 1),
    ):
        assert await coming == "只有审核人能用这个命令。"
    assert not scene.desk.is_talking(LANE, MEMBER)
    assert (await scene.item(1)).held_by is None


async def test_numbers_that_are_settled_unknown_or_in_other_hands(scene: Scene):
    await scene.add(CHOICE)
    await scene.about(1, "B")
    await scene.desk.begin(LANE, SECOND)
    assert await scene.desk.begin(LANE, BOSS, 1) == "另一位审核人正在看审核 1，稍后再来。"
    assert await scene.desk.begin(LANE, BOSS, 9) == "没有编号为 9 的待审。"
    assert await scene.desk.undo(BOSS, 9) == "没有编号为 9 的审核。"
    await scene.desk.answer(LANE, SECOND, "3")
    assert await scene.desk.begin(LANE, BOSS, 1) == "审核 1 已经处理过了：没有采纳。"


async def test_the_second_reviewer_is_told_and_gets_the_next_card(scene: Scene):
    await scene.add(CHOICE)
    ask = await scene.ask("虚构的青桐国建都何处？", state="refused", reason="not_in_bank")
    await scene.report(ask, "青桐城")
    await scene.about(1, "B")
    await scene.desk.begin(LANE, BOSS)
    await scene.decide(1, "approve", "落星城", by="2")
    said = await scene.desk.answer(LANE, BOSS, "1")
    assert said.startswith("这件已经处理过了：补上答案「落星城」。\n\n审核 2 · 有人纠错")


async def test_a_talk_ends_with_its_hold(scene: Scene, monkeypatch):
    await scene.add(CHOICE)
    await scene.about(1, "B")
    await scene.desk.begin(LANE, BOSS)
    clock = desk.time.monotonic() + 601
    monkeypatch.setattr(desk.time, "monotonic", lambda: clock)
    assert not scene.desk.is_talking(LANE, BOSS)


async def test_the_bank_answers_anew_at_once_when_a_dispute_is_turned_down(scene: Scene):
    await scene.add(CHOICE)
    await scene.bank.refresh()
    await scene.rival(1, "长江")
    await scene.bank.refresh()
    assert scene.bank.size == 0
    await scene.desk.begin(LANE, BOSS)
    await scene.desk.answer(LANE, BOSS, "3")
    assert scene.bank.size == 1


async def test_an_undo_that_leaves_nobody_who_asked_says_so(scene: Scene):
    ask = await scene.ask(CHOICE_ASKED, state="refused", reason="not_in_bank")
    number = (await scene.report(ask, "B")).correction_id
    await scene.decide(1)
    await scene.withdrawing.withdraw(number, "qq:100")
    assert await scene.desk.undo(BOSS, 1) == "审核 1 撤销了，题库恢复原样，提交人都撤回了，不用再审。"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("1", Verdict("approve")),
        ("同意", Verdict("approve")),
        ("1 理由：书上有", Verdict("approve", reason="书上有")),
        ("2 B", Verdict("approve", "B")),
        ("２ B", Verdict("approve", "B")),
        ("2B", Verdict("approve", "B")),
        ("2，AC", Verdict("approve", "AC")),
        ("改成《史记》", Verdict("approve", "《史记》")),
        ("改 B 解析：长江最长 理由：查过", Verdict("approve", "B", "长江最长", "查过")),
        ("2 从2010年到2020年", Verdict("approve", "从2010年到2020年")),
        ("2 自2010年1月1日到2020年1月1日", Verdict("approve", "自2010年1月1日到2020年1月1日")),
        ("3 原来的没错", Verdict("reject", reason="原来的没错")),
        ("3", Verdict("reject")),
        ("4", Verdict("skip")),
        ("5 汉书", Verdict("alias", "汉书")),
        ("6 题目有误", Verdict("retire", reason="题目有误")),
        ("7", Verdict("unanswerable")),
        ("你好", None),
        ("12", None),
        ("", None),
    ],
)
def test_verdicts_as_they_are_written(text, verdict):
    assert read_verdict(text) == verdict


@pytest.mark.parametrize(
    "text",
    ["2 约翰 至2027-12-31", "2 约翰 到2027年12月31日", "2 约翰，有效期至2027/12/31", "2 约翰 有效期：2027.12.31"],
)
def test_a_last_day_as_it_is_written(text):
    verdict = read_verdict(text)
    assert (verdict.answer, str(verdict.valid_until)) == ("约翰", "2027-12-31")


def test_a_change_to_nothing_and_a_day_that_is_none():
    for text in ("2", "改", "2 理由：因为", "1 至2027-13-01"):
        with pytest.raises(Unclear):
            read_verdict(text)
