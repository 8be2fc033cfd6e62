"""Starting NoneBot with this bot's adapters, plugins and services: ``python -m bot``."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import nonebot
import nonebot.log
from loguru import logger

from bot.adapters import platforms
from bot.adapters.config import PlatformsConfig
from bot.config import BotConfig
from bot.exposure import check_exposure
from bot.logs import setup_logs
from settings import Settings, SettingsError, load, secret

PLUGINS = (
    "bot.plugins.core",
    "bot.plugins.sending",
    "bot.plugins.importing",
    "bot.plugins.reviewing",
    "bot.plugins.settings",
    "bot.plugins.binding",
    "bot.plugins.daily",
    "bot.plugins.pushing",
    "bot.plugins.quizzing",
    "bot.plugins.studying",
    "bot.plugins.correcting",
    "bot.plugins.datasets",
    "bot.plugins.training",
    "bot.plugins.releases",
    "bot.plugins.arena",
    "bot.plugins.webpage",
    "bot.plugins.asking",
)


def start(settings: Settings, announce: Callable[[], None] = lambda: None) -> None:
    """Run the bot until it is told to stop; *announce* is called once the services are up.

    Raises:
        SettingsError: the settings cannot be used, or would leave the bot open to strangers.
    """
    config = settings.table("bot", BotConfig)
    on = settings.table("platforms", PlatformsConfig)
    platforms.check_installed(on.enabled)
    check_exposure(config.host)
    logger.remove(nonebot.log.logger_id)
    # An adapter that takes the whole screen leads the log aside by that number.
    nonebot.log.logger_id = setup_logs(config)
    token = secret("ONEBOT_ACCESS_TOKEN")
    options: dict[str, Any] = {
        "driver": "~fastapi",
        "host": config.host,
        "port": config.port,
        "nickname": set(config.nicknames),
        "superusers": {account for entry in config.superusers for account in entry.split("/")},
        "api_timeout": 10.0,
        "log_level": config.log_level,
        **({"onebot_access_token": token.get_secret_value()} if token else {}),
        **platforms.options(on),
        **settings.tables.get("nonebot", {}),
    }
    nonebot.init(**options)
    platforms.register(on.enabled, nonebot.get_driver())
    for plugin in PLUGINS:
        nonebot.load_plugin(plugin)
    nonebot.get_driver().on_startup(announce)
    nonebot.get_driver().on_startup(_settle)
    nonebot.run(access_log=False)


def _settle() -> None:
    """What is there now stays: to look through all of it again and again made answers wait a quarter of a second."""
    gc.collect()
    gc.freeze()


def main() -> None:
    try:
        start(load())
    except SettingsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
