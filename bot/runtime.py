"""The running bot: services opened when NoneBot starts, closed when it stops."""

from __future__ import annotations

import ipaddress
from contextlib import AsyncExitStack

from fastapi import FastAPI
from loguru import logger
from nonebot.drivers import ASGIMixin, Driver

from bot import health
from bot.adapters.onebot11 import Adapter
from bot.console import ConsoleServices, ConsoleStatus, build_router
from bot.wiring import Services, open_services
from settings import Settings, SettingsError, secret

_open: Services | None = None


def services() -> Services:
    """The services of this process; only while NoneBot runs."""
    assert _open is not None, "NoneBot has not started yet"
    return _open


def check_exposure(host: str) -> None:
    """Refuse to listen beyond this machine without the tokens that keep strangers out.

    Raises:
        SettingsError: *host* is not loopback and a token is missing.
    """
    if is_loopback(host):
        return
    missing = [name for name in ("ONEBOT_ACCESS_TOKEN", "GONGKAO_WEB_TOKEN") if secret(name) is None]
    if missing:
        raise SettingsError(
            f"要监听 {host}（本机以外也能连），必须先在环境变量或 .env 里设置 {' 和 '.join(missing)}。"
            "\n只在本机用的话，把 bot.toml 里 [bot] 的 host 改回 127.0.0.1。"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches *host*; a name other than localhost counts as no."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def install(driver: Driver, settings: Settings) -> None:
    """Hang the services, the web page, health and metrics on NoneBot's *driver*.

    Start-up then fails with a :class:`SettingsError` when the driver's address
    is open to others and a token is missing.
    """
    assert isinstance(driver, ASGIMixin)
    app: FastAPI = driver.server_app
    stack = AsyncExitStack()

    @driver.on_startup
    async def _start() -> None:
        global _open
        check_exposure(str(driver.config.host))
        _open = await stack.enter_async_context(open_services(settings))
        Adapter.on_ignored = staticmethod(_open.metrics.ignored)
        app.include_router(health.build_router(_open))
        app.include_router(
            build_router(
                _console(_open),
                web_token=secret("GONGKAO_WEB_TOKEN"),
                max_question_chars=_open.config.max_question_chars,
            )
        )
        logger.info(
            "bank has {} questions; model {}", _open.bank.size, "connected" if _open.model else "not configured"
        )

    @driver.on_shutdown
    async def _stop() -> None:
        await stack.aclose()


def _console(open_services: Services) -> ConsoleServices:
    def status() -> ConsoleStatus:
        model = open_services.model
        state = "off" if model is None else "down" if model.breaker_state == "open" else "online"
        return ConsoleStatus(open_services.bank.size, state)

    return ConsoleServices(open_services.answers, open_services.feedback, status)
