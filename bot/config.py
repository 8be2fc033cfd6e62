"""The ``[bot]`` table of ``bot.toml``."""

from __future__ import annotations

from pydantic import Field

from settings import Table


class BotConfig(Table):
    host: str = "127.0.0.1"
    """Address the bot listens on; anything but loopback needs ``ONEBOT_ACCESS_TOKEN`` and ``GONGKAO_WEB_TOKEN``."""
    port: int = Field(default=8080, ge=1, le=65535)
    """TCP port of the OneBot WebSocket, the web page and the metrics."""
    nicknames: tuple[str, ...] = ("小公", "公考助手")
    """Names that address the bot at the start of a group message, besides @."""
    superusers: tuple[str, ...] = ()
    """Platform ids (QQ numbers) that may use superuser commands."""
    answer_limit_s: float = Field(default=20, gt=0, le=300)
    """A member gets a sentence within this many seconds, whatever the model does."""
    max_question_chars: int = Field(default=2000, ge=100, le=20000)
    """Longer messages are refused with a hint."""
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
