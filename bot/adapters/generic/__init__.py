"""Every platform that NoneBot's universal messages know: Satori, Telegram, Discord, Feishu, a console."""

from nonebot import require

# As plugins, before anything of them is imported otherwise.
require("nonebot_plugin_alconna")
require("nonebot_plugin_uninfo")

from bot.adapters.generic.door import GenericDoor as Door  # noqa: E402

__all__ = ["Door"]
