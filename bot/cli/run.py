"""``gongkao run``: start the bot."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.adapters.config import PlatformsConfig
from bot.cli.console import fail, load_settings
from bot.config import BotConfig
from inference.config import InferenceConfig
from settings import Settings, SettingsError, secret
from store.config import StoreConfig


def run(config: Annotated[Path | None, typer.Option(help="配置文件，默认 ./bot.toml")] = None) -> None:
    settings = load_settings(config)
    try:
        bot = settings.table("bot", BotConfig)
        settings.table("platforms", PlatformsConfig)
        settings.table("store", StoreConfig)
        settings.table("inference", InferenceConfig)
        _check_port_is_free(bot)
        _start(settings)
    except SettingsError as error:
        fail(str(error))


def _start(settings: Settings) -> None:
    # NoneBot, FastAPI and SQLAlchemy take half a second to import: not for --help.
    from bot.__main__ import start
    from bot.runtime import services

    def announce() -> None:
        # Not by typer: it takes the stream of a console that fills the screen for one of bytes.
        sys.stderr.write(f"{welcome(settings, services().base.bank.size)}\n")

    start(settings, announce)


def welcome(settings: Settings, questions: int) -> str:
    """How to talk to the bot that just started, and what is missing for more."""
    bot, platforms = settings.table("bot", BotConfig), settings.table("platforms", PlatformsConfig)
    host = "127.0.0.1" if bot.host in ("0.0.0.0", "::") else bot.host  # noqa: S104 - compared, not bound
    token = "已设令牌" if secret("ONEBOT_ACCESS_TOKEN") else "未设令牌，只接受本机连接"
    lines = [
        "",
        f"公考助手已启动，题库 {questions} 题。可以这样用：",
        f"  1. 网页   浏览器打开 http://{host}:{bot.port}/",
        "  2. 终端   另开一个窗口，运行 .venv/bin/gongkao chat",
    ]
    if "onebot11" in platforms.enabled:
        where = f"ws://{host}:{bot.port}/onebot/v11/ws（{token}）"
        lines.append(f"  3. QQ 群  让 NapCat 等 OneBot v11 程序用反向 WebSocket 连 {where}")
    if others := [name for name in platforms.enabled if name != "onebot11"]:
        lines.append(f"还开了 {'、'.join(others)}，连上了日志里会有一行 connected。")
    if not settings.table("inference", InferenceConfig).base_url:
        lines += [
            "还没接模型，现在只用题库回答。要接模型：",
            "  有 NVIDIA 显卡：.venv/bin/gongkao serve 模型文件夹，起来后自动接上，不用重启；",
            "  别的 OpenAI 兼容服务：在 bot.toml 的 [inference] 写 base_url，重启。",
        ]
    return "\n".join([*lines, "按 Ctrl+C 停止。", ""])


def _check_port_is_free(bot: BotConfig) -> None:
    family = socket.AF_INET6 if ":" in bot.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bot.host, bot.port))
        except OSError as error:
            raise SettingsError(
                f"{bot.host}:{bot.port} 用不了（{error.strerror}）。可能已有一个机器人在跑，"
                "或者换个端口：改 bot.toml 里 [bot] 的 port。"
            ) from error
