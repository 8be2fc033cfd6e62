"""Taking a correction back, and what a member's corrections came to."""

from __future__ import annotations

import pytest

from bot.services.corrections import Refused
from bot.services.corrections.words import board_text, standing_text
from store.datasets import use
from tests.bot.review.scene import CHOICE, GROUP, SHORT, Scene


async def test_an_open_correction_is_withdrawn_and_its_item_with_it(scene: Scene):
    await scene.add(CHOICE)
    number = (await scene.about(1, "B")).correction_id
    assert await scene.withdrawing.withdraw(number, "qq:100") == f"纠错 #{number} 撤回了。"
    assert (await scene.correction(number)).status == "withdrawn"
    assert (await scene.items())[0].status == "withdrawn"
    with pytest.raises(Refused, match="早就撤回了"):
        await scene.withdrawing.withdraw(number, "qq:100")


async def test_what_others_say_too_stays_and_weighs_less(scene: Scene):
    await scene.add(CHOICE)
    await scene.history("qq:101", accepted=5)
    mine = (await scene.about(1, "B")).correction_id
    await scene.about(1, "B", member="qq:101")
    before = (await scene.items())[-1].gain
    await scene.withdrawing.withdraw(mine, "qq:100")
    item = (await scene.items())[-1]
    assert item.status == "open"
    assert 0 < item.gain < before


async def test_an_accepted_one_is_withdrawn_until_a_round_has_used_it(scene: Scene):
    await scene.add(CHOICE)
    number = (await scene.about(1, "B")).correction_id
    await scene.overturn(await scene.item_of(number))
    said = await scene.withdrawing.withdraw(number, "qq:100")
    assert "以后的训练不会用它" in said
    assert (await scene.question()).answer == "B"
    # Nobody thanks for what was taken back.
    assert await scene.told() == []


async def test_a_used_one_stays(scene: Scene):
    await scene.add(CHOICE)
    number = (await scene.about(1, "B")).correction_id
    await scene.overturn(await scene.item_of(number))
    await scene.trained("v0001", None, number)
    async with scene.sessions.begin() as session:
        assert await use(session, "v0001", "7")
    await scene.trained("v0002", "8", number)
    with pytest.raises(Refused, match=f"第 7 轮训练已经用了纠错 #{number}，撤不回来了。"):
        await scene.withdrawing.withdraw(number, "qq:100")


async def test_a_set_that_no_round_uses_holds_nobody_back(scene: Scene):
    await scene.add(CHOICE)
    number = (await scene.about(1, "B")).correction_id
    await scene.trained("v0001", None, number)
    assert "撤回了" in await scene.withdrawing.withdraw(number, "qq:100")


async def test_neither_others_nor_turned_down_ones(scene: Scene):
    await scene.add(CHOICE)
    number = (await scene.about(1, "B")).correction_id
    for other, member in ((number, "qq:101"), (number, "web:100"), (99, "qq:100"), (0, "qq:100"), (2**70, "qq:100")):
        with pytest.raises(Refused, match=f"没有编号为 {other} 的纠错，或者不是你提交的"):
            await scene.withdrawing.withdraw(other, member)
    await scene.decide(await scene.item_of(number), "reject")
    with pytest.raises(Refused, match="没有被采纳，不用撤回"):
        await scene.withdrawing.withdraw(number, "qq:100")


async def test_the_standing_counts_and_names_the_first_round(scene: Scene):
    await scene.add(CHOICE, SHORT, CHOICE | {"stem": "最短的河？"}, CHOICE | {"stem": "最清的河？"})
    numbers = [(await scene.about(at, "《史记》" if at == 2 else "B")).correction_id for at in (1, 2, 3, 4)]
    await scene.overturn(await scene.item_of(numbers[0]))
    await scene.decide(await scene.item_of(numbers[1]), "reject", reason="查过了")
    await scene.withdrawing.withdraw(numbers[2], "qq:100")
    await scene.trained("v0001", "7", numbers[0])
    await scene.trained("v0002", "8", numbers[0])
    standing = await scene.ledger.of("qq:100")
    assert standing.counts == {"accepted": 1, "rejected": 1, "withdrawn": 1, "open": 1}
    assert [(one.correction_id, one.round) for one in standing.latest] == [(4, ""), (3, ""), (2, ""), (1, "7")]
    assert standing_text(standing) == (
        "你报过 4 条纠错：待审 1 · 已采纳 1 · 未采纳 1 · 已撤回 1\n"
        "#4 待审：最清的河？ → 长江\n#3 已撤回：最短的河？ → 长江\n"
        "#2 未采纳：我国第一部纪传体通史是什么？ → 《史记》（查过了）\n"
        "#1 已采纳，第 7 轮已学：我国最长的河流是哪条？ → 长江\n"
        "撤回发 /撤回 编号，训练用过之前都可以。"
    )
    assert [one.correction_id for one in (await scene.ledger.of("qq:100", 2)).latest] == [4, 3]
    assert (await scene.ledger.of("qq:nobody")).counts == {}


async def test_what_gave_way_to_a_newer_one_was_not_taken_back(scene: Scene):
    await scene.add(CHOICE)
    first, second = [(await scene.about(1, letter)).correction_id for letter in "BC"]
    standing = await scene.ledger.of("qq:100")
    assert standing.counts == {"open": 1, "replaced": 1}
    lines = standing_text(standing).splitlines()
    assert lines[0] == "你报过 2 条纠错：待审 1 · 已由另一条代替 1"
    assert lines[1].startswith(f"#{second} 待审：")
    assert lines[2].startswith(f"#{first} 已由另一条代替：")
    await scene.withdrawing.withdraw(second, "qq:100")
    assert (await scene.ledger.of("qq:100")).counts == {"withdrawn": 1, "replaced": 1}


async def test_the_board_counts_what_was_accepted_here_or_anywhere(scene: Scene):
    await scene.add(CHOICE)
    assert board_text(await scene.ledger.board(None), in_group=False) == "还没有被采纳的纠错，等你来当第一个。"
    await scene.history("qq:50", accepted=3, rejected=1)
    await scene.about(1, "B", member="qq:7")
    await scene.about(1, "C", member="qq:8")
    await scene.overturn((await scene.items())[-1].id, "approve", "B")
    text = board_text(await scene.ledger.board(None), in_group=False)
    assert text == "纠错榜\n1. 一位成员　采纳 3 / 报 4\n2. 群友7　采纳 1 / 报 1"
    assert board_text(await scene.ledger.board(GROUP), in_group=True) == "本群纠错榜\n1. 群友7　采纳 1 / 报 1"
    assert await scene.ledger.board("qq:other") == []
