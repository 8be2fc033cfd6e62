"""``python -m training gate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console

import settings
from settings import Settings, SettingsError
from training.evaluation.commands import mistakes
from training.gate import shown
from training.gate.judging import judge
from training.gate.settings import GateSettings
from training.progress import emit

_MISTAKE = 2


def gate(
    candidate: Annotated[Path, typer.Argument(metavar="CANDIDATE", help="新模型的评测结果")],
    baseline: Annotated[
        Path | None, typer.Argument(metavar="BASELINE", help="在用模型的评测结果，同一批题；第一轮没有就不写")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="一行 JSON，给别的程序看")] = False,
) -> None:
    """能不能上线，逐条判定。过了退出码 0，没过 1，出错 2。"""
    with mistakes(as_json=as_json, code=_MISTAKE, also=(SettingsError,)):
        found = judge(candidate, baseline, read_settings(settings.load()))
        if as_json:
            emit({"result": found.as_json()})
        else:
            shown.verdict(found, Console())
        if not found.passed:
            raise typer.Exit(1)


def read_settings(read: Settings) -> GateSettings:
    """The table ``[training.gate]``.

    Raises:
        SettingsError: see :meth:`settings.Settings.table`.
    """
    training = read.tables.get("training", {})
    table: Any = training.get("gate", {})
    if not isinstance(table, dict):
        raise SettingsError(f"{read.path or 'bot.toml'} 里的 [training.gate] 应该是一张表。")
    # Through Settings, so that a misspelt key is told in the same words as everywhere.
    nested = Settings({"training.gate": cast("dict[str, Any]", table)}, read.home, read.path)
    return nested.table("training.gate", GateSettings)
