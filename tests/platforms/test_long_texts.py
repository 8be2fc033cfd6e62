"""A long text on Telegram is several messages that are quoted, edited and taken back as one."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from tests.platforms.bank import dense
from tests.platforms.telegram_door import TEXT
from tests.platforms.telegram_server import TelegramServer

pytestmark = [pytest.mark.slow]


async def test_several_messages_are_one():
    async with TelegramServer() as server:
        program = ("-m", "tests.platforms.telegram_door", str(server.port))
        process = await asyncio.create_subprocess_exec(sys.executable, *program, stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
    assert process.returncode == 0
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert told["kinds"] == ["edit", "file", "picture", "recall"]
    first = int(told["long"])
    long, last = server.sent[:3], server.sent[3:]
    assert all(len(one["text"]) > 3900 for one in long[:2])
    assert dense("".join(one["text"] for one in long)).endswith(dense(TEXT))
    assert "entities" in long[0]
    assert not any("entities" in one for one in long[1:])
    # A later part that is quoted means the first; a new text takes the place of all.
    assert told["quoted"] == told["long"]
    assert list(server.edited) == [first]
    assert server.edited[first].endswith("……")
    assert len(server.edited[first]) == 4096
    assert server.deleted[:2] == [first + 1, first + 2]
    # The picture goes with its words where there is room for them.
    captioned, words, alone = last
    assert (captioned["caption"], words["text"]) == ("看图", TEXT[:3000])
    assert not alone.get("caption")
    assert "photo" in alone
    assert server.deleted[2:] == [int(told["pictured"]), int(told["pictured"]) + 1]
    assert told["again"] == ["unknown_message", False]
