"""A door to Telegram alone, without a bot around it: ``python -m … PORT`` does with long texts what a bot may do."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import nonebot
from nonebot.adapters.telegram import Bot, Event
from nonebot.adapters.telegram.config import BotConfig

from bot.adapters.telegram.adapter import Adapter
from bot.services.sending.outlet import SendFailed
from bot.services.sending.post import Chat
from tests.platforms.telegram_server import SELF_ID, TOKEN

CHAT = Chat(f"telegram:{SELF_ID}", "telegram:-9", group=True)
TEXT = "\n".join(["材料里虚构的一句话，不长不短。" * 10] * 60)
PICTURE = b"\x89PNG\r\n\x1a\n"


async def main(port: int) -> None:
    nonebot.init(driver="~none+~aiohttp", log_level="ERROR")
    driver = nonebot.get_driver()
    driver.register_adapter(Adapter)  # pyright: ignore[reportUnknownMemberType] - NoneBot's kwargs
    from bot.adapters.telegram.door import TelegramDoor  # it loads plugins, which needs the driver

    config = BotConfig(token=TOKEN, api_server=f"http://127.0.0.1:{port}/")
    door = TelegramDoor(Bot(nonebot.get_adapter(Adapter), str(SELF_ID), config=config))
    told: dict[str, Any] = {"kinds": sorted(door.kinds)}
    told["long"] = first = await door.say(CHAT, TEXT, mention="telegram:5") or ""
    arrival: Any = await door.read(_quoting(int(first) + 2))
    told["quoted"] = arrival.incoming.quoted.message_id
    await door.edit(CHAT, first, TEXT)
    told["short"] = await door.say(CHAT, "看图", PICTURE)
    told["pictured"] = other = await door.say(CHAT, TEXT[:3000], PICTURE) or ""
    await door.recall(CHAT, other)
    try:
        await door.recall(CHAT, other)
    except SendFailed as error:
        told["again"] = [error.code, error.perhaps]
    print(json.dumps(told))  # noqa: T201 - what the test reads


def _quoting(number: int) -> Event:
    """A member quotes the bot's message of this *number*."""
    chat, member = {"id": -9, "type": "supergroup", "title": "群"}, {"id": 5, "is_bot": False, "first_name": "名5"}
    ours = {"id": SELF_ID, "is_bot": True, "first_name": "bot"}
    quoted = {"message_id": number, "date": 1, "chat": chat, "from": ours, "text": "后面的部分"}
    message = {"message_id": 7, "date": 2, "chat": chat, "from": member, "text": "为什么", "reply_to_message": quoted}
    event: Any = Event
    return event.parse_event({"update_id": 1, "message": message})


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
