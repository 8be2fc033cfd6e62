"""The running bot: services opened when NoneBot starts, closed when it stops."""

from __future__ import annotations

from contextlib import AsyncExitStack

from fastapi import FastAPI
from loguru import logger
from nonebot.drivers import ASGIMixin, Driver

from bot import health
from bot.adapters import unused
from bot.bodies import BoundedBodies
from bot.console import ConsoleServices, ConsoleStatus, RoundServices, build_router
from bot.exposure import check_exposure
from bot.wiring import Services, open_services
from settings import Settings, secret

_open: Services | None = None


def services() -> Services:
    """The services of this process; only while NoneBot runs."""
    assert _open is not None, "NoneBot has not started yet"
    return _open


def install(driver: Driver, settings: Settings) -> None:
    """Hang the services, the web page, health and metrics on NoneBot's *driver*.

    Start-up then fails with a :class:`SettingsError` when the driver's address
    is open to others and a token is missing.
    """
    assert isinstance(driver, ASGIMixin)
    app: FastAPI = driver.server_app
    app.add_middleware(BoundedBodies)
    stack = AsyncExitStack()

    @driver.on_startup
    async def _start() -> None:
        global _open
        check_exposure(str(driver.config.host))
        _open = await stack.enter_async_context(open_services(settings))
        unused.watch(_open.base.metrics.ignored)
        app.include_router(health.build_router(_open))
        app.include_router(
            build_router(
                _console(_open),
                web_token=secret("GONGKAO_WEB_TOKEN"),
                web_url=_open.base.config.web_url,
                max_question_chars=_open.base.config.max_question_chars,
            )
        )
        logger.info(
            "bank has {} questions; model {}",
            _open.base.bank.size,
            "connected" if _open.base.model.available else "not configured",
        )

    @driver.on_shutdown
    async def _stop() -> None:
        await stack.aclose()


def _console(open_services: Services) -> ConsoleServices:
    def status() -> ConsoleStatus:
        model = open_services.base.model
        state = "off" if not model.available else "down" if model.breaker_state == "open" else "online"
        return ConsoleStatus(open_services.base.bank.size, state)

    rounds = RoundServices(
        open_services.operating.passes,
        open_services.operating.choices,
        open_services.operating.comparing,
        open_services.answering.battles,
        open_services.base.cache,
        open_services.base.people.person,
    )
    return ConsoleServices(
        open_services.answering.answers,
        open_services.reviewing.feedback,
        open_services.reviewing.withdrawing,
        status,
        rounds,
    )
