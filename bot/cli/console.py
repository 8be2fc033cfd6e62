"""What the subcommands share: the member at the keyboard, settings, saying what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from bot.services.incoming import Incoming

T = TypeVar("T")

ACCOUNT = "terminal"
MEMBER = "terminal:local"


def load_settings(path: Path | None = None) -> Settings:
    """The settings; ends the command with a sentence when they cannot be used."""
    try:
        return load(path)
    except SettingsError as error:
        fail(str(error))


def fail(sentence: str, code: int = 1) -> NoReturn:
    """End the command with *sentence* on standard error."""
    typer.secho(sentence, err=True, fg="red")
    raise typer.Exit(code)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """What *work* returns; ends the command with a sentence when the settings or the database cannot be used."""
    # Most of what --help would wait for.
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return asyncio.run(work)
    except SettingsError as error:
        fail(str(error))
    except (SQLAlchemyError, OSError) as error:
        fail(f"数据库打不开（{type(error).__name__}）。运行 gongkao doctor 看看。")


def typed(text: str) -> Incoming:
    """A question typed in the terminal."""
    from bot.services.incoming import Incoming

    return Incoming(account=ACCOUNT, member_id=MEMBER, text=text.strip())
