"""What the subcommands share: the member at the keyboard, settings, saying what went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import typer

from bot.services.incoming import Incoming
from settings import Settings, SettingsError, load

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


def typed(text: str) -> Incoming:
    """A question typed in the terminal."""
    return Incoming(account=ACCOUNT, member_id=MEMBER, text=text.strip())
