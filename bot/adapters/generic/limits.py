"""How much text a platform takes in one message, measured by :func:`bot.adapters.parts.width`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    text: int
    caption: int
    """With a picture in the same message."""


# core.telegram.org/bots/api, sendMessage and sendPhoto.
_TELEGRAM = Limits(4096, 1024)
# docs.discord.com, resources/message, create message.
_DISCORD = Limits(2000, 2000)
# open.feishu.cn, im-v1/message/create: a request of 150 KB for text, of 30 KB for what has a picture or an @ in it.
# JSON within JSON makes up to seven bytes of a unit.
_FEISHU = Limits(4000, 4000)
_KNOWN: Mapping[str, Limits] = {
    "telegram": _TELEGRAM,
    "discord": _DISCORD,
    "feishu": _FEISHU,
    "lark": _FEISHU,
}
_UNKNOWN = Limits(2000, 1000)
"""No platform's figure, and less than those that are known."""


def of(platform: str) -> Limits:
    """The limits of a platform, as its adapter or a Satori server names it."""
    return _KNOWN.get(platform.lower(), _UNKNOWN)
