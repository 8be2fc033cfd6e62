"""Which platforms there are, and the doors to those that are enabled. Nothing of a platform is imported before."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast
from weakref import WeakKeyDictionary

from nonebot.adapters import Adapter, Bot
from nonebot.drivers import Driver

from bot.adapters.config import PlatformsConfig
from bot.adapters.doors import Door
from settings import SettingsError


class _AdapterModule(Protocol):
    Adapter: type[Adapter]


class _DoorModule(Protocol):
    def Door(self, bot: Bot) -> Door: ...


@dataclass(frozen=True, slots=True)
class Platform:
    adapter: str
    """What NoneBot calls its adapter."""
    needs: str
    """The module that has its ``Adapter``; ours, or one that a small installation lacks."""
    door: str = "bot.adapters.generic"
    """The package or module of ours with its ``Door``."""


PLATFORMS: Mapping[str, Platform] = {
    "onebot11": Platform("OneBot V11", "bot.adapters.onebot11", "bot.adapters.onebot11"),
    "qq": Platform("QQ", "bot.adapters.qq_official", "bot.adapters.qq_official"),
    "satori": Platform("Satori", "nonebot.adapters.satori"),
    "console": Platform("Console", "bot.adapters.console"),
    "telegram": Platform("Telegram", "bot.adapters.telegram.adapter", "bot.adapters.telegram.door"),
    "discord": Platform("Discord", "bot.adapters.discord.adapter", "bot.adapters.discord.door"),
    "feishu": Platform("Feishu", "bot.adapters.feishu.adapter", "bot.adapters.feishu.door"),
}
TESTED = {"~onebot.v11", "~qq", "~satori", "~telegram", "~discord", "~feishu"}
"""What plugins say they support: the platforms that tests play whole conversations on."""
_UNIVERSAL = ("nonebot_plugin_alconna", "nonebot_plugin_uninfo")
_GENERIC = (
    "bot.adapters.generic",
    "bot.adapters.telegram.door",
    "bot.adapters.discord.door",
    "bot.adapters.feishu.door",
)
"""Doors that read universal messages."""
_THIRD_PARTIES: Mapping[str, Sequence[str]] = {
    "qq": ("nonebot.adapters.qq",),
    **{name: (f"nonebot.adapters.{name}", *_UNIVERSAL) for name, one in PLATFORMS.items() if one.door in _GENERIC},
}
_BY_ADAPTER = {platform.adapter: platform for platform in PLATFORMS.values()}
_doors: WeakKeyDictionary[Bot, Door] = WeakKeyDictionary()


def check_installed(names: Sequence[str]) -> None:
    """
    Raises:
        SettingsError: what one of these platforms needs is not installed; says by which command it is.
    """
    missing = [name for name in names if not _all_found(_THIRD_PARTIES.get(name, ()))]
    if missing:
        raise SettingsError(
            f"bot.toml 的 [platforms] 里开了 {'、'.join(missing)}，但组件没有装。运行 make platforms 装上，"
            "或者从 enabled 里去掉。"
        )


def register(names: Sequence[str], driver: Driver) -> None:
    """Register the adapters of the platforms of these *names*, and have their doors ready before an account comes."""
    platforms = [PLATFORMS[name] for name in names]
    for platform in platforms:
        module = cast("_AdapterModule", importlib.import_module(platform.needs))
        driver.register_adapter(module.Adapter)  # pyright: ignore[reportUnknownMemberType] - NoneBot's kwargs
    for platform in platforms:
        importlib.import_module(platform.door)


def door_of(bot: Bot) -> Door | None:
    """The door to *bot*'s account, always the same one; ``None`` for a platform that is not ours."""
    if (door := _doors.get(bot)) is None and (platform := _BY_ADAPTER.get(bot.adapter.get_name())) is not None:
        door = _doors[bot] = cast("_DoorModule", importlib.import_module(platform.door)).Door(bot)
    return door


def options(config: PlatformsConfig) -> dict[str, Any]:
    """What ``nonebot.init`` must be told for the enabled platforms.

    Raises:
        SettingsError: something is missing that a platform cannot do without.
    """
    told: dict[str, Any] = {}
    if set(config.enabled) - {"onebot11"}:
        # They call their platform; OneBot is called by it.
        told["driver"] = "~fastapi+~aiohttp"
    if "qq" in config.enabled:
        told |= config.qq.options()
    if "satori" in config.enabled:
        told |= config.satori.options()
    return told


def _all_found(modules: Sequence[str]) -> bool:
    try:
        # It imports the packages above, which an installation may lack too.
        return all(importlib.util.find_spec(module) is not None for module in modules)
    except ModuleNotFoundError:
        return False
