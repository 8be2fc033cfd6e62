"""Groups and private chats behind a Satori server that nobody here wrote."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import itertools
import re
import sys
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
import pytest_asyncio

from tests.peer import BotProcess, free_port
from tests.platforms import bank
from tests.platforms.satori_server import SELF_ID, TOKEN

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
_TAG = re.compile(r"<[^>]*>")


class Satori:
    """The server as its members use it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.home = Path()
        """The bot's."""
        self._ids = itertools.count(1)

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(f"http://127.0.0.1:{self.port}")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.platforms.satori_server",
            str(self.port),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(aiohttp.ClientError):
                await self._state()
                return self
            await asyncio.sleep(0.1)
        raise AssertionError("the Satori server did not come up")

    async def __aexit__(self, *_: object) -> None:
        self._process.terminate()
        await self._process.wait()
        await self._http.close()

    async def say(self, content: str, *, user: str = "u1", **more: Any) -> str:
        number = f"said-{next(self._ids)}"
        body = {"content": content, "user": user, "id": number, **more}
        async with self._http.post("/sim/say", json=body) as answer:
            assert answer.status == 200
        return number

    async def group(self, text: str, *, group: str = "g1", at: bool = True, **more: Any) -> str:
        return await self.say(f'<at id="{SELF_ID}"/> {text}' if at else text, group=group, **more)

    async def heard(self, channel: str, count: int, wait_s: float = 20) -> list[dict[str, str]]:
        """What the bot sent to *channel*, once there are *count* messages."""
        deadline = time.monotonic() + wait_s
        while True:
            found = [one for one in (await self._state())["sent"] if one["channel"] == channel]
            if len(found) >= count:
                return found
            assert time.monotonic() < deadline, f"{len(found)} messages in {channel}, {count} wanted"
            await asyncio.sleep(0.1)

    async def _state(self) -> dict[str, Any]:
        async with self._http.get("/sim/sent") as answer:
            return await answer.json()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def satori(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Satori]:
    async with Satori(free_port()) as server:
        settings = f"[platforms]\nenabled = ['satori']\n[platforms.satori]\nport = {server.port}"
        bot = BotProcess(
            tmp_path_factory.mktemp("satori"),
            settings=f"superusers = ['satori.mock:boss']\ntrusted_hosts = ['127.0.0.1']\n{settings}",
            env={"GONGKAO_SATORI_TOKEN": TOKEN},
        )
        await bot.start()
        deadline = time.monotonic() + 30
        while "connected" not in bot.log:
            assert time.monotonic() < deadline, bot.log
            await asyncio.sleep(0.1)
        await bank.add(bot.home)
        server.home = bot.home
        yield server
        await bot.stop()
        assert "Traceback" not in bot.log


def text_of(message: dict[str, str]) -> str:
    return _TAG.sub("", message["content"])


async def test_a_question_in_a_group_and_in_private(satori: Satori, starter_items: list[dict[str, Any]]):
    item = next(one for one in starter_items if len(one["answer"]) == 1 and len(one["options"]) == 4)
    asked = "\n".join(
        [item["stem"], *(f"{letter}. {one}" for letter, one in zip("ABCD", item["options"], strict=True))]
    )
    number = await satori.group(asked)
    answered = (await satori.heard("g1", 1))[0]
    assert item["answer"] in text_of(answered)
    assert f'id="{number}"' in answered["content"]
    await satori.say(asked, user="u2")
    assert item["answer"] in text_of((await satori.heard("private:u2", 1))[0])


async def test_talk_between_members_is_left_alone(satori: Satori):
    await satori.group("今晚吃什么？", group="quiet", at=False)
    await satori.group("/帮助", group="quiet", at=False)
    assert "帮助" in text_of((await satori.heard("quiet", 1))[0])
    assert len(await satori.heard("quiet", 1)) == 1


async def test_a_game_is_played_and_its_answers_named(satori: Satori, starter_items: list[dict[str, Any]]):
    known = {item["stem"]: item for item in starter_items}
    await satori.group("/出题 单选 1题", group="game", at=False)
    text = text_of((await satori.heard("game", 1))[0])
    key = next(item["answer"] for stem, item in known.items() if stem in text)
    await satori.group(key, group="game", at=False, user="u7")
    assert "名u7" in text_of((await satori.heard("game", 2))[1])


async def test_a_long_record_arrives_whole_and_all_data_as_a_file(satori: Satori):
    to = "private:u78"
    await satori.say(f"/出题 {bank.LONG} 1题", user="u78")
    await satori.heard(to, 1)
    await satori.say("A", user="u78")
    await satori.heard(to, 2)
    number = bank.lengthen(satori.home)
    await satori.say(f"/错题本 {number}", user="u78")
    assert bank.is_whole([text_of(one) for one in (await satori.heard(to, 6))[2:]])
    await satori.say("/导出我的数据", user="u78")
    sent = (await satori.heard(to, 8))[6]["content"]
    told = re.fullmatch(r'<file src="data:[a-z/-]+;base64,([^"]+)" title="[^"]+\.zip"/>', sent)
    assert told, sent[:200]
    assert "attempt.jsonl" in zipfile.ZipFile(io.BytesIO(base64.b64decode(told[1]))).namelist()


async def test_a_superusers_file_is_imported(satori: Satori):
    before = len(await satori.heard("private:boss", 0))
    url = f"http://127.0.0.1:{satori.port}/sim/files/1"
    await satori.say(f'<file src="{url}" title="收件城.csv"/>', user="boss")
    preview = text_of((await satori.heard("private:boss", before + 1))[before])
    assert "《收件城.csv》共 1 题" in preview


async def test_pictures_are_fetched_quoted_ones_too(satori: Satori):
    # What lies there is none, which is said once it was fetched; or that nobody here can look at pictures.
    picture = f'<img src="http://127.0.0.1:{satori.port}/sim/files/1"/>'
    await satori.say(f"这题选啥{picture}", user="u9")
    await satori.say(f'<quote id="earlier"><author id="u8"/>{picture}</quote>这题选啥', user="u9")
    for one in await satori.heard("private:u9", 2):
        assert "图片" in text_of(one)


async def test_who_runs_the_group_and_who_the_bot(satori: Satori):
    await satori.group("/设置 出题 关", group="rules", at=False)
    assert "只有群主" in text_of((await satori.heard("rules", 1))[0])
    await satori.group("/设置 出题 关", group="rules", at=False, owner=True, user="u8")
    assert "只有群主" not in text_of((await satori.heard("rules", 2))[1])
    before = len(await satori.heard("private:boss", 0))
    await satori.say("/数据集", user="boss")
    assert "超级用户" not in text_of((await satori.heard("private:boss", before + 1))[before])


async def test_a_quote_of_the_answer_is_understood(satori: Satori, starter_items: list[dict[str, Any]]):
    item = next(one for one in starter_items if len(one["options"]) == 4)
    await satori.group(item["stem"], group="quote")
    sent = (await satori.heard("quote", 1))[0]
    await satori.group(f'<quote id="{sent["id"]}"/>为什么', group="quote", at=False)
    assert len(await satori.heard("quote", 2)) == 2
