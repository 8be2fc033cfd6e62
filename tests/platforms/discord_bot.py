"""The bot whose Discord stands on loopback, at ``DISCORD_API``: the adapter has its address built in."""

from __future__ import annotations

import os
from typing import Any

from nonebot.adapters.discord import Adapter
from nonebot.drivers import URL

from bot.__main__ import main

_made = Adapter.__init__


def _make(self: Adapter, *args: Any, **options: Any) -> None:
    _made(self, *args, **options)
    self.base_url = URL(os.environ["DISCORD_API"])


Adapter.__init__ = _make
main()
