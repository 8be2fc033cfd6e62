"""What is logged, and what is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loguru import logger

from bot.config import BotConfig
from bot.logs import setup_logs


@pytest.fixture(autouse=True)
def settled() -> Iterator[None]:
    yield
    logger.remove()


def say(module: str) -> None:
    """As *module* would, which loguru knows by its globals."""
    words = "from loguru import logger\nlogger.info('a matcher was tried')\nlogger.error('a matcher failed')"
    exec(words, {"__name__": module})


def test_a_route_that_fails_is_never_silent(capsys: pytest.CaptureFixture[str]):
    setup_logs(BotConfig())
    say("nonebot.message")
    told = capsys.readouterr().err
    assert "a matcher failed" in told
    assert "a matcher was tried" not in told


def test_the_rest_is_told_as_the_level_says(capsys: pytest.CaptureFixture[str]):
    setup_logs(BotConfig())
    say("bot.plugins.quizzing")
    assert "a matcher was tried" in capsys.readouterr().err


def test_debugging_hears_everything(capsys: pytest.CaptureFixture[str]):
    setup_logs(BotConfig(log_level="DEBUG"))
    say("nonebot.message")
    assert "a matcher was tried" in capsys.readouterr().err
