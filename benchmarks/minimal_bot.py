"""The least a NoneBot2 bot can do and still answer through a model: what the real bot is measured against."""

from __future__ import annotations

import os

import aiohttp
import nonebot
from nonebot import on_message
from nonebot.adapters.onebot.v11 import Adapter, Bot, GroupMessageEvent
from nonebot.rule import to_me

nonebot.init(driver="~fastapi", host="127.0.0.1", port=int(os.environ["PORT"]), onebot_access_token="secret")
nonebot.get_driver().register_adapter(Adapter)
http: list[aiohttp.ClientSession] = []


@on_message(rule=to_me(), block=True).handle()
async def _(bot: Bot, event: GroupMessageEvent) -> None:
    if not http:
        http.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
    body = {"model": "fake", "messages": [{"role": "user", "content": event.get_plaintext()}]}
    async with http[0].post(f"{os.environ['MODEL']}/v1/chat/completions", json=body) as response:
        await bot.send(event, (await response.json())["choices"][0]["message"]["content"])


nonebot.run()
