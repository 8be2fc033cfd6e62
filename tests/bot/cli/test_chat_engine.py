"""``gongkao chat --engine`` as a person in a terminal and as a script call it, a model server on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from inference.prompts import SYSTEM_PROMPT
from migrations import ensure_schema
from store import releases
from store.config import StoreConfig
from store.db import open_engine, open_sessions
from tests.fakes import ANSWER, ModelServer
from tests.peer import free_port

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "bot.cli", "chat"]
Table = dict[str, Any]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        yield running


@pytest.fixture
def inference(tmp_path: Path) -> Callable[..., None]:
    """Write the table ``[inference]``."""

    def write(**values: object) -> None:
        lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
        (tmp_path / "bot.toml").write_text(f"[inference]\n{lines}", encoding="utf-8")

    return write


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAO_")}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


async def pipe(home: Path, given: str | bytes, *arguments: str, engine: bool = True) -> tuple[int | None, str, str]:
    """Exit code, what was said and what was noted of a command that is not in a terminal."""
    child = await asyncio.create_subprocess_exec(
        *COMMAND,
        *(["--engine"] if engine else []),
        *arguments,
        cwd=home,
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, noted = await asyncio.wait_for(
        child.communicate(given if isinstance(given, bytes) else given.encode()), timeout=30
    )
    return child.returncode, said.decode(), noted.decode()


def talk(body: Table) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in body["messages"]]


async def serve(home: Path, *, url: str, name: str, status: str = "serving") -> None:
    """Have the database say that a model serves, and that somebody looks after it."""
    store = StoreConfig()
    address = f"sqlite+aiosqlite:///{home / 'data' / 'gongkao.db'}"
    await ensure_schema(address, store)
    engine = open_engine(address, store)
    async with open_sessions(engine).begin() as session:
        await releases.add(
            session, {"status": status, "kind": "folder", "model": "/models/tiny", "name": name, "url": url}
        )
        await releases.beat(session, "gpu1:4711")
    await engine.dispose()


async def test_each_line_is_one_question_of_one_talk(tmp_path: Path, server: ModelServer):
    code, said, noted = await pipe(tmp_path, "武昌起义在哪一年？\n\n为什么\n", "--url", server.url)
    assert (code, said) == (0, f"{ANSWER}\n\n{ANSWER}\n")
    # As the bot asks: its words before the question, the question in one width.
    assert talk(server.bodies[0]) == [("system", SYSTEM_PROMPT), ("user", "武昌起义在哪一年?")]
    assert talk(server.bodies[1])[1:] == [("user", "武昌起义在哪一年?"), ("assistant", ANSWER), ("user", "为什么")]
    assert [body["stream"] for body in server.bodies] == [True, True]
    assert len(re.findall(r"^test-model，\d+\.\d 秒$", noted, re.MULTILINE)) == 2
    # No bank, no journal.
    assert list(tmp_path.iterdir()) == []


async def test_a_talk_begins_anew_and_ends(tmp_path: Path, server: ModelServer):
    code, said, _ = await pipe(tmp_path, "甲\n/清空\n甲\n/退出\n丙\n", "--url", server.url)
    assert (code, said) == (0, f"{ANSWER}\n\n{ANSWER}\n")
    # The same question is asked again rather than remembered.
    assert [talk(body)[1:] for body in server.bodies] == [[("user", "甲")], [("user", "甲")]]


@pytest.mark.parametrize(("system", "first"), [("你是诗人。", [("system", "你是诗人。")]), ("", [])])
async def test_another_system_prompt_or_none(
    tmp_path: Path, server: ModelServer, system: str, first: list[tuple[str, str]]
):
    await pipe(tmp_path, "甲\n", "--url", server.url, "--system", system)
    assert talk(server.bodies[0]) == [*first, ("user", "甲")]


async def test_bytes_that_are_no_text_do_not_end_it(tmp_path: Path, server: ModelServer):
    code, said, _ = await pipe(tmp_path, b"\xef\xbb\xbf\xff?\n", "--url", server.url)
    assert (code, said) == (0, f"{ANSWER}\n")
    assert talk(server.bodies[0])[-1] == ("user", "\N{REPLACEMENT CHARACTER}?")


async def test_every_error_is_one_line_and_the_talk_goes_on(tmp_path: Path, server: ModelServer):
    faults = {
        "500": "出错",
        "429": "忙",
        "401": "GONGKAO_MODEL_API_KEY",
        "404": "404",
        "400": "/清空",
        "malformed": "OpenAI",
        "not_http": "OpenAI",
        "empty": "什么也没说",
        "cut": "断了",
        "reset_mid": "断了",
        "error_mid": "断了",
    }
    server.modes = list(faults)
    given = "".join(f"第 {number} 问\n" for number in range(len(faults) + 1))
    code, said, noted = await pipe(tmp_path, given, "--url", server.url)
    # Half an answer is none, and the last question knows of no other.
    assert (code, said) == (1, f"{ANSWER}\n")
    assert talk(server.bodies[-1])[1:] == [("user", f"第 {len(faults)} 问")]
    lines = noted.splitlines()
    assert len(lines) == len(faults) + 1
    for line, words in zip(lines, faults.values(), strict=False):
        assert words in line
    assert "SECRET" not in noted


async def test_the_earliest_turns_go_when_it_gets_too_long(
    tmp_path: Path, server: ModelServer, inference: Callable[..., None]
):
    inference(base_url=server.url, session_len=1200, max_tokens=100)
    code, _, noted = await pipe(tmp_path, f"甲{'子' * 60}\n乙{'丑' * 60}\n丙{'寅' * 60}\n{'卯' * 600}\n丁\n")
    assert code == 1
    assert [talk(body)[1][1][0] for body in server.bodies] == ["甲", "甲", "乙", "乙"]
    assert "最早的 1 问" in noted
    [long] = [line for line in noted.splitlines() if "模型放不下" in line]
    assert re.search(r"\d{2,} 字以内", long)


async def test_tokens_are_told_where_the_server_counts(tmp_path: Path, server: ModelServer):
    async with counting(server) as url:
        _, _, noted = await pipe(tmp_path, "甲\n", "--url", url)
    assert re.search(r"^test-model，\d+\.\d 秒，约 11 token$", noted, re.MULTILINE)


@asynccontextmanager
async def counting(server: ModelServer) -> AsyncIterator[str]:
    """The URL where *server* counts tokens too, as LMDeploy does."""

    async def encode(_: web.Request) -> web.Response:
        return web.json_response({"input_ids": [1] * 11, "length": 11})

    app = web.Application()
    app.add_routes(
        [
            web.get("/v1/models", server._models),
            web.post("/v1/chat/completions", server._chat),
            web.post("/v1/encode", encode),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_what_serves_is_read_from_the_database(tmp_path: Path, server: ModelServer):
    server.model_names = ["other", "tiny-r3"]
    await serve(tmp_path, url=server.url, name="tiny-r3")
    assert (await pipe(tmp_path, "甲\n"))[:2] == (0, f"{ANSWER}\n")
    assert (await pipe(tmp_path, "甲\n", "--model", "other"))[0] == 0
    assert [body["model"] for body in server.bodies] == ["tiny-r3", "other"]


async def test_a_configured_server_comes_before_the_database(
    tmp_path: Path, server: ModelServer, inference: Callable[..., None]
):
    await serve(tmp_path, url=f"http://127.0.0.1:{free_port()}", name="tiny-r3")
    server.model_names = ["first", "second"]
    inference(base_url=server.url, model="second")
    await pipe(tmp_path, "甲\n")
    # The name in bot.toml belongs to the server there.
    await pipe(tmp_path, "甲\n", "--url", server.url)
    assert [body["model"] for body in server.bodies] == ["second", "first"]


async def test_a_model_that_is_being_started_is_not_there_yet(tmp_path: Path):
    await serve(tmp_path, url="", name="", status="starting")
    code, _, noted = await pipe(tmp_path, "甲\n")
    assert code == 1
    assert "正在启动" in noted


async def test_without_a_model_it_is_told_what_to_do(tmp_path: Path, server: ModelServer):
    async def told(*arguments: str, engine: bool = True) -> str:
        code, said, noted = await pipe(tmp_path, "甲\n", *arguments, engine=engine)
        assert (code, said, noted.count("\n")) == (1, "", 1)
        return noted

    nobody = await told()
    assert "gongkao serve" in nobody
    assert "--url" in nobody
    assert list(tmp_path.iterdir()) == []
    gone = f"http://127.0.0.1:{free_port()}"
    assert f"连不上 {gone}" in await told("--url", gone)
    assert "http://" in await told("--url", "127.0.0.1:23333")
    assert "test-model" in await told("--url", server.url, "--model", "other")
    assert "--engine" in await told("--url", server.url, engine=False)
    server.model_names = []
    assert "--model" in await told("--url", server.url)
    await serve(tmp_path, url=gone, name="tiny-r3")
    assert f"连不上 {gone}" in await told()
    (tmp_path / "data" / "gongkao.db").write_bytes(b"not a database" * 100)
    assert "数据库打不开" in await told()
