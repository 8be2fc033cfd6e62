"""Photographs of questions on Telegram, Discord and Feishu, from the picture to the answer, and what is said of those
that cannot be had."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.peer import BotProcess
from tests.platforms import bank
from tests.platforms.discord_server import PROGRAM, DiscordServer
from tests.platforms.feishu_server import SECRET, FeishuServer
from tests.platforms.photos import photo
from tests.platforms.telegram_server import TOKEN, TelegramServer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_spec("rapidocr") is None and not os.environ.get("CI"), reason="the extra photo is missing"),
]
_BOSS = "ou_boss"
_LOOK_S = 90
"""The first picture waits for the models."""
_EXPIRED = "可能已经过期，请重新发一次"
_BIG = b"\x89PNG" + bytes(11 << 20)


@asynccontextmanager
async def started(home: Path, settings: str, **more: Any) -> AsyncIterator[BotProcess]:
    settings = f"superusers = ['feishu:{_BOSS}']\ntrusted_hosts = ['127.0.0.1']\n{settings}"
    bot = await BotProcess(home, settings=settings, **more).start()
    yield bot
    await bot.stop()
    assert "Traceback" not in bot.log


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server, started(tmp_path_factory.mktemp("telegram"), server.settings()) as bot:
        yield server
        # An address of a file has it.
        assert TOKEN not in bot.log
        assert TOKEN not in str(server.sent)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def discord(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        home = tmp_path_factory.mktemp("discord")
        async with started(home, server.settings(), env=server.env, program=PROGRAM):
            await server.connected()
            yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def feishu(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[FeishuServer, str]]:
    async with FeishuServer() as server, started(tmp_path_factory.mktemp("feishu"), server.settings()) as bot:
        await server.ready(bot.url)
        yield server, bot.url
        assert SECRET not in bot.log
        assert "Bearer" not in bot.log


@pytest.fixture(scope="module")
def items(starter_items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Short questions with four options, one of them right."""

    def short(texts: Iterable[str]) -> bool:
        return all(len(text) < 40 for text in texts)

    found = [one for one in starter_items if len(one["answer"]) == 1 and len(one["options"]) == 4]
    return [one for one in found if short([one["stem"], *one["options"]])][:3]


def answers(item: dict[str, Any], text: str) -> bool:
    right = item["options"]["ABCD".index(item["answer"])]
    return f"{item['answer']}. {right}" in text


class TestTelegram:
    async def test_of_a_photo_the_largest_size_that_can_be_read_is(self, telegram: TelegramServer, items: list[Any]):
        sizes = telegram.files.photo(b"a thumbnail", photo(items[0]), _BIG)
        telegram.say("@quizbot 这题选啥", chat=-1, **sizes)
        assert answers(items[0], (await telegram.texts(-1, 1, _LOOK_S))[0])
        assert telegram.files.fetched == [sizes["photo"][1]["file_id"]]

    async def test_a_photo_between_members_is_fetched_once_it_is_quoted(
        self, telegram: TelegramServer, items: list[Any]
    ):
        sizes = telegram.files.photo(photo(items[1]))
        before = len(telegram.files.fetched)
        quoted = telegram.say("", chat=-2, **sizes)
        telegram.say("/帮助 出题", chat=-2)
        await telegram.texts(-2, 1)
        assert len(telegram.files.fetched) == before
        telegram.say("@quizbot 求答案", chat=-2, user=6, reply_to_message=quoted)
        assert answers(items[1], (await telegram.texts(-2, 2, _LOOK_S))[1])

    @pytest.mark.parametrize("quoting", [False, True])
    async def test_a_picture_may_come_as_a_file(self, telegram: TelegramServer, items: list[Any], quoting: bool):
        user = 11 + quoting
        file = telegram.files.document("IMG_2.png", photo(items[2]), "image/png")
        sent = telegram.say("", user=user, chat=-3 if quoting else None, **file)
        if quoting:
            telegram.say("这题选啥", user=user, reply_to_message=sent)
        assert answers(items[2], (await telegram.texts(user, 1, _LOOK_S))[0])

    async def test_what_cannot_be_had_is_said(self, telegram: TelegramServer):
        sizes = telegram.files.photo(b"gone")
        telegram.files.expired.add(sizes["photo"][0]["file_id"])
        telegram.say("", user=21, **sizes)
        assert _EXPIRED in (await telegram.texts(21, 1))[0]
        telegram.say("", user=22, **telegram.files.document("a.png", _BIG, "image/png"))
        assert "文件超过 10 MB" in (await telegram.texts(22, 1))[0]
        telegram.say("", user=23, **telegram.files.document("a.png", bytes(21 << 20), "image/png"))
        assert "文件超过 20 MB" in (await telegram.texts(23, 1))[0]

    async def test_a_sticker_is_no_question(self, telegram: TelegramServer):
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        telegram.say("", user=24, sticker={"file_id": "s", "file_unique_id": "s", **shape})
        assert "下载" not in (await telegram.texts(24, 1))[0]


class TestDiscord:
    async def test_an_attached_picture_is_read(self, discord: DiscordServer, items: list[Any]):
        # Without a suffix: its type alone tells.
        attached = discord.attached("image0", photo(items[0]), "image/png")
        await discord.say("这题选啥", channel=801, at=True, attachments=[attached])
        assert answers(items[0], (await discord.texts(801, 1, _LOOK_S))[0])

    @pytest.mark.parametrize("whole", [True, False])
    async def test_a_picture_between_members_is_fetched_once_it_is_quoted(
        self, discord: DiscordServer, items: list[Any], whole: bool
    ):
        channel, name = 810 + whole, f"quoted{whole}.png"
        number = await discord.say(
            "大家看看", channel=channel, attachments=[discord.attached(name, photo(items[1]), "image/png")]
        )
        await discord.say("/帮助 出题", channel=channel)
        await discord.texts(channel, 1)
        assert name not in discord.fetched
        await discord.quote(number, "求答案", user=6, channel=channel, at=True, whole=whole)
        assert answers(items[1], (await discord.texts(channel, 2, _LOOK_S))[1])

    async def test_a_question_in_quoted_words_is_answered(self, discord: DiscordServer, items: list[Any]):
        number = await discord.say(f"<@6> {items[2]['stem']}\n" + "\n".join(options(items[2])), channel=812)
        await discord.quote(number, "求答案", user=6, channel=812, at=True)
        assert answers(items[2], (await discord.texts(812, 1))[0])

    async def test_what_cannot_be_had_is_said(self, discord: DiscordServer):
        await discord.say("", user=21, attachments=[discord.attached("gone.png", None, "image/png")])
        assert _EXPIRED in (await discord.texts(9_000_021, 1))[0]
        await discord.say("", user=22, attachments=[discord.attached("big.png", _BIG, "image/png")])
        assert "文件超过 10 MB" in (await discord.texts(9_000_022, 1))[0]


class TestFeishu:
    async def test_a_picture_in_private_is_read(self, feishu: tuple[FeishuServer, str], items: list[Any]):
        server, url = feishu
        await server.send(url, "image", {"image_key": "img_a"}, user="ou_11", img_a=photo(items[0]))
        assert answers(items[0], (await server.texts("ou_11", 1, _LOOK_S))[0])
        assert ("img_a", "image") in server.fetched

    async def test_a_picture_in_rich_text_is_read(self, feishu: tuple[FeishuServer, str], items: list[Any]):
        server, url = feishu
        picture = {"tag": "img", "image_key": "img_b", "width": 384, "height": 192}
        await server.send(url, "post", post(" 这题选啥", picture), chat="oc_post", at=True, img_b=photo(items[1]))
        assert answers(items[1], (await server.texts("oc_post", 1, _LOOK_S))[0])

    async def test_words_of_rich_text_are_a_question_too(self, feishu: tuple[FeishuServer, str], items: list[Any]):
        server, url = feishu
        lines = [{"tag": "text", "text": one, "style": []} for one in options(items[2])]
        await server.send(url, "post", post(items[2]["stem"], *lines), chat="oc_words", at=True)
        assert answers(items[2], (await server.texts("oc_words", 1))[0])

    async def test_a_picture_between_members_is_fetched_once_it_is_quoted(
        self, feishu: tuple[FeishuServer, str], items: list[Any]
    ):
        server, url = feishu
        number = await server.send(url, "image", {"image_key": "img_c"}, chat="oc_quote", img_c=photo(items[2]))
        await server.say(url, "/帮助 出题", chat="oc_quote", at=False)
        await server.texts("oc_quote", 1)
        assert ("img_c", "image") not in server.fetched
        await server.say(url, "求答案", chat="oc_quote", user="ou_6", quoting=number)
        assert answers(items[2], (await server.texts("oc_quote", 2, _LOOK_S))[1])

    async def test_a_question_in_quoted_words_is_answered(self, feishu: tuple[FeishuServer, str], items: list[Any]):
        server, url = feishu
        asked = "\n".join([items[0]["stem"], *options(items[0])])
        number = await server.say(url, asked, chat="oc_said", at=False)
        await server.say(url, "求答案", chat="oc_said", user="ou_6", quoting=number)
        assert answers(items[0], (await server.texts("oc_said", 1))[0])

    async def test_an_answer_of_the_bot_is_explained_to_who_quotes_it(
        self, feishu: tuple[FeishuServer, str], items: list[Any]
    ):
        server, url = feishu
        for count, item in enumerate(items[:2], 1):
            await server.say(url, "\n".join([item["stem"], *options(item)]), chat="oc_why")
            await server.texts("oc_why", count)
        first = next(one for one in server.sent if one["to"] == "oc_why")
        await server.say(url, "/为什么", chat="oc_why", at=False, quoting=first["id"])
        why = (await server.texts("oc_why", 3))[2]
        assert first["text"].rpartition("#")[2].split()[0] in why

    async def test_a_superusers_file_is_imported(self, feishu: tuple[FeishuServer, str]):
        server, url = feishu
        told = {"file_key": "file_a", "file_name": "../收件城.csv"}
        await server.send(url, "file", told, user="ou_5", file_a=bank.CSV)
        await server.send(url, "file", told, user=_BOSS, file_a=bank.CSV)
        assert "《收件城.csv》共 1 题" in (await server.texts(_BOSS, 1))[0]
        assert server.fetched.count(("file_a", "file")) == 1
        await server.say(url, "确认", user=_BOSS)
        assert "《收件城.csv》导入完成" in (await server.texts(_BOSS, 2))[1]

    @pytest.mark.parametrize(
        ("key", "data", "said"),
        [
            ("img_gone", None, _EXPIRED),
            ("img_big", _BIG, "文件超过 10 MB"),
            ("../../users/me", None, "没有可以下载的地址"),
        ],
    )
    async def test_what_cannot_be_had_is_said(
        self, feishu: tuple[FeishuServer, str], key: str, data: bytes | None, said: str
    ):
        server, url = feishu
        user = f"ou_{len(key)}_{data is None}"
        await server.send(url, "image", {"image_key": key}, user=user, **({key: data} if data else {}))
        assert said in (await server.texts(user, 1))[0]


def options(item: dict[str, Any]) -> list[str]:
    return [f"{letter}. {one}" for letter, one in zip("ABCD", item["options"], strict=True)]


def post(words: str, *lines: dict[str, Any]) -> dict[str, Any]:
    """Rich text that begins with an @ of the bot, as the platform tells it."""
    at = {"tag": "at", "user_id": "@_user_1", "user_name": "bot", "style": []}
    return {"title": "", "content": [[at, {"tag": "text", "text": words, "style": []}], *([one] for one in lines)]}
