"""What the doctor looks at, one function per matter; each returns a finding and never raises for a known trouble."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import socket
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.config import BotConfig
from bot.services.photos.reader import installed
from inference.client import ModelClient
from inference.config import InferenceConfig
from inference.errors import InferenceError, RequestRejected, ServerUnavailable
from inference.serving.gpu import nvidia_gpus
from local_time import local
from migrations import HEAD, revision
from settings import Settings, SettingsError, secret
from store.cache import CacheUnavailable
from store.config import StoreConfig, database_url
from store.db import open_engine
from store.redis_cache import RedisCache, open_redis

_DATABASE_LIMIT_S = 10
_GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    level: Literal["good", "attention", "broken"]
    matter: str
    """What was looked at, a Chinese noun."""
    text: str
    advice: str = ""
    """How to mend it; empty when nothing needs mending."""


def python() -> Finding:
    return Finding("good", "Python", f"{sys.version.split()[0]}，{sys.executable}")


def photos() -> Finding:
    """Whether pictures can be read; that is an extra, so its lack is no fault."""
    if installed():
        return Finding("good", "看图", "装好了，能认截图里的题")
    return Finding(
        "attention", "看图", "没装，发截图时请成员打字", "想认截图里的题，运行 make photo（约 200 MB），再重启。"
    )


def config(settings: Settings, error: SettingsError | None) -> Finding:
    """*error* is why the file could not be read at all; *settings* are then the defaults."""
    try:
        if error is not None:
            raise error
        for name, model in (("bot", BotConfig), ("store", StoreConfig), ("inference", InferenceConfig)):
            settings.table(name, model)
    except SettingsError as mistake:
        return Finding("broken", "配置", str(mistake), "改好上面的键再运行一次；下面按默认值检查。")
    return Finding("good", "配置", str(settings.path) if settings.path else "没有 bot.toml，全用默认值")


async def database(config: StoreConfig, home: Path) -> Finding:
    url = database_url(config, home)
    try:
        parsed = make_url(url)
        file = Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
        # An address is shown without its password.
        shown = file or parsed.render_as_string()
        if file and not file.is_file():
            return _no_file_yet(file)
        found, questions = await asyncio.wait_for(_look_into(url, config), _DATABASE_LIMIT_S)
    except ArgumentError:
        return Finding(
            "broken", "数据库", "GONGKAO_DATABASE_URL 不是数据库地址", "应当像 postgresql://用户:密码@主机/库名。"
        )
    except (SQLAlchemyError, OSError, TimeoutError, ModuleNotFoundError) as error:
        why = type(getattr(error, "orig", None) or error).__name__
        return Finding("broken", "数据库", f"打不开（{why}）", "确认数据库在运行、地址和密码没错、文件没有损坏。")
    if found == HEAD:
        return Finding("good", "数据库", f"{shown}，题库 {questions} 题")
    if found is None or found < HEAD:
        return Finding("attention", "数据库", f"{shown} 的结构还没升到 {HEAD}", "启动机器人时会自动升级。")
    return Finding("broken", "数据库", f"{shown} 是更新的版本（{found}）建的", "请升级程序，或换回备份。")


def _no_file_yet(file: Path) -> Finding:
    folder = next((parent for parent in file.parents if parent.exists()), file.parent)
    try:
        with (folder / f".gongkao-{id(file)}").open("x") as probe:
            Path(probe.name).unlink()
    except OSError as error:
        return Finding("broken", "数据库", f"{folder} 写不了（{error.strerror}）", "换个目录运行，或改目录的权限。")
    return Finding("attention", "数据库", f"还没有 {file}", "第一次启动机器人时会自动建库并装入自带题库。")


async def _look_into(url: str, config: StoreConfig) -> tuple[str | None, int]:
    engine = open_engine(url, config)
    try:
        found = await revision(engine)
        if found != HEAD:
            return found, 0
        async with engine.connect() as connection:
            count = await connection.scalar(text("SELECT count(*) FROM question WHERE status = 'active'"))
            return found, int(count or 0)
    finally:
        await engine.dispose()


async def redis() -> Finding:
    url = secret("GONGKAO_REDIS_URL")
    if url is None:
        return Finding("good", "Redis", "没有设置，缓存放在进程内（只跑一个机器人进程够用）")
    try:
        client = open_redis(url)
        try:
            await RedisCache(client).get("doctor")
        finally:
            await client.aclose()
    except SettingsError as error:
        return Finding("broken", "Redis", str(error), "改 GONGKAO_REDIS_URL，或去掉它。")
    except CacheUnavailable as error:
        return Finding("broken", "Redis", f"连不上（{error}）", "启动 Redis，检查 GONGKAO_REDIS_URL，或去掉它。")
    return Finding("good", "Redis", "连得上")


async def model_server(config: InferenceConfig, api_key: SecretStr | None) -> Finding:
    if not config.base_url:
        advice = "有 NVIDIA 显卡就运行 gongkao serve 模型文件夹，机器人会自己用上；别的模型服务写进 [inference] 的 base_url。"
        words = "没有写 base_url，用 gongkao serve 的；它没在服务时只用题库回答"
        return Finding("attention", "模型服务", words, advice)
    try:
        async with ModelClient(config, api_key=api_key) as client:
            names = await client.models()
    except InferenceError as error:
        return Finding("broken", "模型服务", f"{'、'.join(config.base_url)} 用不了（{error.reason}）", _advice(error))
    if config.model and names and config.model not in names:
        return Finding(
            "broken",
            "模型服务",
            f"没有名为 {config.model} 的模型，有的是 {'、'.join(names[:5])}",
            "改 [inference] 的 model，或删掉它用第一个。",
        )
    if not names and not config.model:
        return Finding("broken", "模型服务", "没有列出任何模型", "在 [inference] 写明 model。")
    return Finding("good", "模型服务", f"{'、'.join(config.base_url)}，模型 {config.model or names[0]}")


def _advice(error: InferenceError) -> str:
    if isinstance(error, RequestRejected) and error.status in (401, 403):
        return "密钥不对：GONGKAO_MODEL_API_KEY 要和模型服务那边一样。"
    if isinstance(error, ServerUnavailable) and error.reason in ("refused", "unreachable", "connect_timeout"):
        return "启动模型服务（gongkao serve），或检查 [inference] 的 base_url。"
    return "看看模型服务的日志；base_url 要指向 OpenAI 兼容的服务。"


def onebot(config: BotConfig) -> Finding:
    try:
        importlib.import_module("bot.adapters.onebot11")
        from settings import is_loopback
    except ImportError as error:
        return Finding(
            "broken", "QQ 接口", f"装得不全（{error.name}）", "重装依赖：pip install -r requirements/bot.txt。"
        )
    where = f"ws://{config.host}:{config.port}/onebot/v11/ws"
    missing = [name for name in ("ONEBOT_ACCESS_TOKEN", "GONGKAO_WEB_TOKEN") if secret(name) is None]
    if not is_loopback(config.host) and missing:
        advice = f"在 .env 里设置 {' 和 '.join(missing)}，或把 [bot] host 改回 127.0.0.1。"
        return Finding("broken", "QQ 接口", f"{config.host} 本机以外也能连，却没有令牌，机器人会拒绝启动", advice)
    return Finding(
        "good", "QQ 接口", f"{where}，{'已设令牌' if 'ONEBOT_ACCESS_TOKEN' not in missing else '只接受本机连接'}"
    )


def port(config: BotConfig) -> Finding:
    with socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            advice = "机器人正在运行就不用管；否则改 [bot] 的 port 或 host。"
            return Finding("attention", "端口", f"{config.host}:{config.port} 现在用不了（{error.strerror}）", advice)
    return Finding("good", "端口", f"{config.port} 空闲")


def disk(home: Path) -> Finding:
    free_gb = shutil.disk_usage(home).free / _GB
    text = f"剩 {free_gb:.1f} GB"
    if free_gb < 0.2:
        return Finding("broken", "磁盘", text, "腾出至少 1 GB，否则问答存不下来。")
    if free_gb < 1:
        return Finding("attention", "磁盘", text, "快满了，请腾出一些。")
    return Finding("good", "磁盘", text)


def clock(home: Path, now: datetime | None = None) -> Finding:
    """Against impossible years and against files that would have been written in the future."""
    now = now or datetime.now(UTC)
    text = f"北京时间 {local(now):%Y-%m-%d %H:%M}"
    files = [Path(__file__), home / "bot.toml", home / "data" / "gongkao.db"]
    newest = max(file.stat().st_mtime for file in files if file.exists())
    if now.year < 2025 or newest - now.timestamp() > 86400:
        return Finding("broken", "时钟", f"{text}，比已有的文件还早", "打开自动对时（timedatectl set-ntp true）。")
    return Finding("good", "时钟", text)


def gpu() -> Finding:
    found = nvidia_gpus()
    if not found:
        return Finding("good", "显卡", "没有可用的 NVIDIA 显卡：跑不了 TurboMind，可以接别处的模型服务，或只用题库")
    return Finding("good", "显卡", "；".join(found))
