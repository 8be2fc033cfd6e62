"""Log lines: short for people, or one JSON object a line for collectors."""

from __future__ import annotations

import sys

from loguru import logger

from bot.config import BotConfig

_FORMAT = "<g>{time:MM-DD HH:mm:ss}</g> <lvl>{level: <7}</lvl> {message}"
# NoneBot tells of every matcher it tries, at INFO; it would name each message twice. What fails in one it tells too.
_CHATTY = ("nonebot.message", "nonebot.internal.matcher.matcher")


def setup_logs(config: BotConfig) -> int:
    """Log to standard error from ``config.log_level`` up; loguru's number of what does it."""
    return logger.add(
        sys.stderr,
        level=config.log_level,
        filter={} if config.log_level == "DEBUG" else dict.fromkeys(_CHATTY, "WARNING"),
        format=_FORMAT,
        serialize=config.log_json,
        diagnose=False,  # values of variables would put message bodies into tracebacks
        backtrace=False,
    )
