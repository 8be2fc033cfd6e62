"""``gongkao doctor``: everything the bot needs, looked at in one round."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from settings import Settings, SettingsError, Table, load

if TYPE_CHECKING:
    from bot.cli.checks import Finding

T = TypeVar("T", bound=Table)

_WORDS = {"good": ("好　", "green"), "attention": ("注意", "yellow"), "broken": ("坏　", "red")}


def doctor(
    config: Annotated[Path | None, typer.Option(help="配置文件，默认 ./bot.toml")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON，给脚本用")] = False,
) -> None:
    """Exit codes: 0 nothing is broken, 1 something is."""
    findings = asyncio.run(examine(config))
    broken = sum(finding.level == "broken" for finding in findings)
    if as_json:
        checks = [asdict(finding) for finding in findings]
        typer.echo(json.dumps({"ok": not broken, "checks": checks}, ensure_ascii=False))
    else:
        for finding in findings:
            _show(finding)
        typer.echo(f"\n有 {broken} 项要修。" if broken else "\n可以运行。")
    raise typer.Exit(1 if broken else 0)


async def examine(path: Path | None) -> list[Finding]:
    """One finding per matter, in order; broken settings are replaced by defaults for the rest."""
    # SQLAlchemy, aiohttp and redis take half a second to import: not for --help.
    from bot.cli import checks
    from bot.config import BotConfig
    from inference.config import InferenceConfig
    from settings import secret
    from store.config import StoreConfig

    settings, error = _load(path)
    bot, store = _table(settings, "bot", BotConfig), _table(settings, "store", StoreConfig)
    inference = _table(settings, "inference", InferenceConfig)
    return [
        await _examined("Python", checks.python),
        await _examined("配置", lambda: checks.config(settings, error)),
        await _examined("数据库", lambda: checks.database(store, settings.home)),
        await _examined("Redis", checks.redis),
        await _examined("模型服务", lambda: checks.model_server(inference, secret("GONGKAO_MODEL_API_KEY"))),
        await _examined("QQ 接口", lambda: checks.onebot(bot)),
        await _examined("端口", lambda: checks.port(bot)),
        await _examined("磁盘", lambda: checks.disk(settings.home)),
        await _examined("时钟", lambda: checks.clock(settings.home)),
        await _examined("显卡", checks.gpu),
        await _examined("看图", checks.photos),
    ]


async def _examined(matter: str, check: Callable[[], Finding | Awaitable[Finding]]) -> Finding:
    from bot.cli.checks import Finding

    try:
        found = check()
        return await found if inspect.isawaitable(found) else found
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the round goes on to the other matters
        return Finding("broken", matter, f"查不了：{type(error).__name__}: {error}")


def _load(path: Path | None) -> tuple[Settings, SettingsError | None]:
    try:
        return load(path), None
    except SettingsError as error:
        return Settings({}, path.resolve().parent if path and path.parent.is_dir() else Path.cwd(), None), error


def _table(settings: Settings, name: str, model: type[T]) -> T:
    try:
        return settings.table(name, model)
    except SettingsError:
        return model()


def _show(finding: Finding) -> None:
    word, colour = _WORDS[finding.level]
    typer.secho(word, fg=colour, nl=False)
    typer.echo(f"  {finding.matter}：{finding.text}" + (f" → {finding.advice}" if finding.advice else ""))
