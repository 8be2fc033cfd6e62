"""Calling back a member who has been silent: the platform can, the adapter has no word for it yet."""

from __future__ import annotations

import json
from typing import Any

from nonebot.adapters.qq import ActionFailed, Bot, NetworkError
from nonebot.drivers import Request


async def wake(bot: Bot, openid: str, text: str) -> str | None:
    """Send *text* to the member as ``is_wakeup``; the platform's id of it.

    Raises:
        ActionFailed, NetworkError: as the adapter's own calls.
    """
    request = Request(
        "POST",
        bot.adapter.get_api_base().joinpath("v2", "users", openid, "messages"),
        headers=await bot.get_authorization_header(),
        json={"msg_type": 0, "content": text, "is_wakeup": True},
    )
    try:
        response = await bot.adapter.request(request)
    except Exception as error:
        raise NetworkError("API request failed") from error
    if response.status_code != 200:
        raise ActionFailed(response)
    told: dict[str, Any] = json.loads(response.content or b"{}")
    return told.get("id")
