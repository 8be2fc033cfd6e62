"""Reading ``bot.toml``: one table per package, every key known, secrets kept out.

Each package owns a frozen model of its table (``bot.config``, ``store.config``,
``inference.config``); this module only finds the file, refuses what nobody
declared and words the mistake in Chinese for whoever runs the bot.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

TABLES = ("nonebot", "bot", "platforms", "sending", "holidays", "inference", "serving", "store", "training")
"""Top-level tables a ``bot.toml`` may have."""


class SettingsError(Exception):
    """The settings cannot be used; the message is Chinese and names what to fix."""


class Table(BaseModel):
    """Base of every settings model: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


T = TypeVar("T", bound=Table)


class Settings:
    """The parsed ``bot.toml`` and the folder that relative paths in it start from."""

    def __init__(self, tables: dict[str, dict[str, Any]], home: Path, path: Path | None) -> None:
        self.tables = tables
        self.home = home
        """Folder of ``bot.toml``, or the working directory when there is none."""
        self.path = path
        """The file that was read; ``None`` when every setting is a default."""

    def table(self, name: str, model: type[T]) -> T:
        """The table *name* as *model*; missing keys take their defaults.

        Raises:
            SettingsError: an unknown key or a value of the wrong type or range.
        """
        try:
            return model.model_validate(self.tables.get(name, {}))
        except ValidationError as error:
            lines = [_explain(name, model, dict(item)) for item in error.errors()]
            raise SettingsError("\n".join([f"{self.path or 'bot.toml'} 里有不能用的设置：", *lines])) from error


def load(path: Path | None = None) -> Settings:
    """Read *path*, or ``$GONGKAO_CONFIG``, or ``./bot.toml``; defaults when none exists.

    Raises:
        SettingsError: a named file that does not exist, broken TOML, an unknown table.
    """
    named = path or (Path(os.environ["GONGKAO_CONFIG"]) if os.environ.get("GONGKAO_CONFIG") else None)
    file = named or Path("bot.toml")
    if not file.is_file():
        if named is not None:
            raise SettingsError(f"找不到配置文件 {named}")
        return Settings({}, Path.cwd(), None)
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} 不是正确的 TOML：{error}") from error
    for name, value in tables.items():
        if name not in TABLES or not isinstance(value, dict):
            raise SettingsError(f"{file} 里有不认识的表或键 {name!r}{_nearest(name, TABLES)}")
    return Settings(tables, file.resolve().parent, file)


def secret(name: str) -> SecretStr | None:
    """The secret *name* from the environment, else from ``.env``; ``None`` when unset or empty."""
    value = os.environ.get(name) or _dotenv().get(name)
    return SecretStr(value) if value else None


@cache
def _dotenv() -> dict[str, str | None]:
    return dict(dotenv_values(".env")) if Path(".env").is_file() else {}


def _explain(table: str, model: type[Table], item: dict[str, Any]) -> str:
    if not item["loc"]:
        return f"  [{table}] {str(item['msg']).removeprefix('Value error, ')}"
    *outer, key = (str(part) for part in item["loc"])
    for name in outer:
        # A table within the table has keys of its own; a part of a list has none.
        inner = model.model_fields[name].annotation if name in model.model_fields else None
        if not (isinstance(inner, type) and issubclass(inner, Table)):
            key = ".".join([name, key])
            continue
        table, model = f"{table}.{name}", inner
    if item["type"] == "extra_forbidden":
        return f"  [{table}] 没有 {key} 这个键{_nearest(key, list(model.model_fields))}"
    return f"  [{table}] {key} 的值 {item['input']!r} 不行：{item['msg']}"


def _nearest(word: str, known: list[str] | tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"，是不是想写 {close[0]}？" if close else f"，可用的有：{'、'.join(known)}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the listening address *host*; a name other than localhost counts as no."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
