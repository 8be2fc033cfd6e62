"""What members read when they bind and part accounts."""

from __future__ import annotations

import pytest

from bot.services.people import words
from bot.services.people.joining import MOST
from bot.services.people.words import masked
from tests.bot.people.life import QQ, TELEGRAM, Life
from tests.bot.quiz.table import GROUP


async def test_two_accounts_become_one_and_part_again(life: Life):
    code = await life.code(QQ)
    told = await life.bind(TELEGRAM, code)
    assert told.startswith("绑好了，QQ 12**67 和 Telegram 76**21 以后算一个人，QQ 12**67 是主号。")
    assert await life.bind(TELEGRAM, code) == words.WRONG
    assert "1 QQ 12**67，主号\n2 Telegram 76**21，就是现在这个" in await life.bind(TELEGRAM)
    said = await life.desk.unbind(life.message("", TELEGRAM), None)
    assert said == words.parted(TELEGRAM, QQ)
    assert "绑在一起" not in await life.bind(TELEGRAM)
    assert await life.desk.unbind(life.message("", TELEGRAM), None) == words.NOT_BOUND


async def test_nothing_is_given_away_before_it_is_confirmed(life: Life):
    told = await life.desk.bind(life.message("", TELEGRAM), await life.code(QQ))
    assert told == words.ask(TELEGRAM, QQ)
    assert "Telegram 76**21 的记录都归 QQ 12**67" in told
    assert life.people.person(TELEGRAM) == TELEGRAM
    # Nobody else's yes counts, nor one without a code.
    assert await life.desk.confirm(life.message("", "discord:1")) == words.NOT_ASKED
    # A code that ended in the meantime binds nothing.
    await life.code(QQ)
    assert await life.desk.confirm(life.message("", TELEGRAM)) == words.NOT_ASKED
    assert life.people.person(TELEGRAM) == TELEGRAM


async def test_codes_are_for_private_chats(life: Life):
    assert await life.desk.bind(life.message("", QQ, GROUP), "") == words.ONLY_PRIVATE
    assert await life.desk.unbind(life.message("", QQ, GROUP), None) == words.ONLY_PRIVATE
    code = await life.code(QQ)
    assert await life.desk.bind(life.message("", TELEGRAM, GROUP), code) == words.SPOILT
    assert await life.bind(TELEGRAM, code) == words.WRONG
    # Nothing was shown that could be used.
    assert await life.desk.bind(life.message("", TELEGRAM, GROUP), "是什么") == words.ONLY_PRIVATE


async def test_what_is_called_spoilt_is(life: Life):
    code = await life.code(QQ)
    told = await life.desk.bind(life.message("", TELEGRAM, GROUP), f"绑定码 {code}，哪位帮我试试")
    assert told == words.SPOILT
    assert await life.bind(TELEGRAM, code) == words.WRONG


async def test_what_cannot_be_bound_is_told(life: Life):
    code = await life.code(QQ)
    assert await life.bind(QQ, code) == words.YOUR_OWN
    # Its own mistake did not cost the code.
    assert (await life.bind(TELEGRAM, code)).startswith("绑好了")
    assert await life.joined(QQ, TELEGRAM) == words.SAME
    assert await life.bind(TELEGRAM, "222222") == words.WRONG
    for _ in range(4):
        await life.bind("qq:99", "222222")
    await life.bind("qq:99", "333333")
    assert await life.bind("qq:99", await life.code(QQ)) == words.TOO_OFTEN


async def test_a_person_has_five_accounts_at_most(life: Life):
    for number in range(MOST - 1):
        assert (await life.joined(f"discord:{number}")).startswith("绑好了")
    assert await life.joined("discord:99") == words.TOO_MANY
    assert life.people.person("discord:99") == "discord:99"


async def test_the_main_account_chooses_which_one_leaves(life: Life):
    await life.joined()
    await life.joined("discord:1")
    asked = await life.desk.unbind(life.message("", QQ), None)
    assert asked == words.which([QQ, TELEGRAM, "discord:1"], QQ)
    assert await life.desk.unbind(life.message("", QQ), 1) == words.MAIN_STAYS
    assert await life.desk.unbind(life.message("", QQ), 9) == asked
    assert await life.desk.unbind(life.message("", QQ), 3) == words.parted("discord:1", QQ)
    assert await life.desk.unbind(life.message("", QQ), None) == words.parted(TELEGRAM, QQ)


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("qq:1234567", "QQ 12**67"),
        ("qq:12345", "QQ 1**5"),
        ("telegram:1", "Telegram 1**1"),
        ("satori.kook:9f8e7d6c", "satori.kook 9f**6c"),
    ],
)
def test_accounts_are_masked(account: str, shown: str):
    assert masked(account) == shown
