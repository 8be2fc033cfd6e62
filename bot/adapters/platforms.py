"""Which platforms there are, and the doors to those that are enabled. Nothing of a platform is imported before."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast
from weakref import WeakKeyDictionary

from nonebot.adapters import Adapter, Bot

from bot.adapters.config import PlatformsConfig
from bot.adapters.doors import Door
from settings import SettingsError


class Package(Protocol):
    """What the package of a platform offers."""

    Adapter: type[Adapter]

    def Door(self, bot: Bot) -> Door: ...


@dataclass(frozen=True, slots=True)
class Platform:
    adapter: str
    """What NoneBot calls its adapter."""
    package: str
    """The package of ours with its ``Adapter`` and ``Door``."""
    needs: str = ""
    """The module that a small installation lacks."""


PLATFORMS: Mapping[str, Platform] = {
    "onebot11": Platform("OneBot V11", "bot.adapters.onebot11"),
    "qq": Platform("QQ", "bot.adapters.qq_official", "nonebot.adapters.qq"),
    "satori": Platform("Satori", "bot.adapters.generic.satori", "nonebot.adapters.satori"),
    "console": Platform("Console", "bot.adapters.generic.console", "nonebot.adapters.console"),
    "telegram": Platform("Telegram", "bot.adapters.generic.telegram", "nonebot.adapters.telegram"),
    "discord": Platform("Discord", "bot.adapters.generic.discord", "nonebot.adapters.discord"),
    "feishu": Platform("Feishu", "bot.adapters.generic.feishu", "nonebot.adapters.feishu"),
    "dingtalk": Platform("Ding", "bot.adapters.generic.dingtalk", "nonebot.adapters.ding"),
}
TESTED = {"~onebot.v11", "~qq", "~satori"}
"""What plugins say they support: the platforms that tests play whole conversations on."""
_BY_ADAPTER = {platform.adapter: platform for platform in PLATFORMS.values()}
_doors: WeakKeyDictionary[Bot, Door] = WeakKeyDictionary()


def adapters(names: Sequence[str]) -> list[type[Adapter]]:
    """NoneBot's adapters of the platforms of these *names*; call it after ``nonebot.init``.

    Raises:
        SettingsError: one of them is not installed; says by which command it is.
    """
    return [_load(PLATFORMS[name]).Adapter for name in names]


def check_installed(names: Sequence[str]) -> None:
    """
    Raises:
        SettingsError: what one of these platforms needs is not installed; says by which command it is.
    """
    for name in names:
        needs = PLATFORMS[name].needs
        try:
            # Asking for the spec imports the packages above it, which an installation may lack too.
            found = not needs or importlib.util.find_spec(needs) is not None
        except ModuleNotFoundError:
            found = False
        if not found:
            raise SettingsError(
                f"bot.toml 的 [platforms] 里开了 {name}，但它的组件没有装。运行 make platforms 装上，"
                f"或者从 enabled 里去掉 {name}。"
            )


def door_of(bot: Bot) -> Door | None:
    """The door to *bot*'s account, always the same one; ``None`` for a platform that is not ours."""
    if (door := _doors.get(bot)) is None and (platform := _BY_ADAPTER.get(bot.adapter.get_name())) is not None:
        door = _doors[bot] = _load(platform).Door(bot)
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


def _load(platform: Platform) -> Package:
    return cast("Package", importlib.import_module(platform.package))
