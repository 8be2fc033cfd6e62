"""The ``[bot]`` table of ``bot.toml``."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from settings import Table

_SCHEDULE = r"^(?:(?:daily|mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):[0-5]\d)?$"


def _listed(value: object) -> object:
    """One day may stand without a list, and none as empty text."""
    if isinstance(value, str | date):
        return [value] if value else []
    return value


class BotConfig(Table):
    host: str = "127.0.0.1"
    """Address the bot listens on; anything but loopback needs ``ONEBOT_ACCESS_TOKEN`` and ``GONGKAO_WEB_TOKEN``."""
    port: int = Field(default=8080, ge=1, le=65535)
    """TCP port of the OneBot WebSocket, the web page and the metrics."""
    web_url: str = Field(default="", pattern=r"^(?:https?://[^\s/]+[^\s]*)?$")
    """Where people find the web page (``https://gk.example.com``), when that is not ``http://host:port``; chats name it."""
    nicknames: tuple[str, ...] = ("小公", "公考助手")
    """Names that address the bot at the start of a group message, besides @."""
    superusers: tuple[str, ...] = ()
    """QQ numbers, or ids with their platform (``qqbot:A1B2``), that may use superuser commands."""
    reviewers: tuple[str, ...] = ()
    """Who may review corrections, besides superusers, written alike; ``12345/67890`` are two accounts of one person."""
    overturn_votes: int = Field(default=2, ge=1, le=9)
    """How many reviewers must agree to change an answer that the bank already has; never more than there are."""
    low_confidence: float = Field(default=0.6, ge=0, le=1)
    """Answers that the model gave with less confidence go to the reviewers."""
    review_poll_s: float = Field(default=60, gt=0, le=86400)
    """How often doubtful answers and conflicts are put into the review queue, in seconds."""
    notice_poll_s: float = Field(default=5, gt=0, le=3600)
    """How often the outcome of reviews is sent to those who reported, in seconds."""
    dataset_schedule: str = Field(default="", pattern=_SCHEDULE)
    """When a training set is built by itself, China's time: ``sun 03:00``, ``daily 04:30``; empty for never."""
    round_schedule: str = Field(default="", pattern=_SCHEDULE)
    """When a training round is started by itself, if enough was corrected; as ``dataset_schedule``."""
    answer_limit_s: float = Field(default=20, gt=0, le=300)
    """A member gets a sentence within this many seconds, whatever the model does."""
    max_question_chars: int = Field(default=2000, ge=100, le=20000)
    """Longer messages are refused with a hint."""
    member_daily: int = Field(default=0, ge=0, le=1_000_000)
    """Questions that a member may ask in a group a day, where the group's admins set nothing else; 0 for no limit."""
    group_daily: int = Field(default=0, ge=0, le=1_000_000)
    """Questions of a whole group a day; as ``member_daily``."""
    battle_percent: int = Field(default=50, ge=0, le=100)
    """How much of what a group asks the model is answered twice while it votes on two rounds, in percent."""
    temptations_per_hour: int = Field(default=20, ge=0, le=1000)
    """How many wrong options that members fell for the model is asked about an hour, for the reviewers; 0 for none."""
    season_start: Annotated[tuple[date, ...], BeforeValidator(_listed)] = ()
    """Days (``2026-11-30``, or a list) on which boards of the season begin anew; empty for calendar quarters."""
    bank_poll_s: float = Field(default=2, gt=0, le=3600)
    """How often the bot looks whether another process changed the question bank, in seconds."""
    meaning: bool = False
    """Order near questions by meaning with a small sentence model; needs the extra ``meaning``."""
    max_import_mb: int = Field(default=20, ge=1, le=64)
    """Largest question file that is taken from a chat, in MiB."""
    trusted_hosts: tuple[str, ...] = ()
    """Hosts inside the own network from which files and pictures may be fetched, besides public ones."""
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """DEBUG, INFO, WARNING or ERROR."""
    log_json: bool = False
    """One JSON object a line on standard error, for log collectors."""
