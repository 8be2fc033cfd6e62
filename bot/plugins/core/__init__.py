"""Brings the services up with NoneBot and takes messages in; every other plugin needs it."""

from __future__ import annotations

from nonebot import get_driver
from nonebot.plugin import PluginMetadata

from bot.adapters.platforms import TESTED
from bot.plugins.core import routing
from bot.runtime import install
from settings import load

__all__ = ["routing"]
__plugin_meta__ = PluginMetadata(
    name="内核",
    description="数据库、题库、模型、网页和监控",
    usage="其他功能都靠它，没有命令",
    type="library",
    supported_adapters=TESTED,
)

install(get_driver(), load())
