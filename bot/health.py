"""``/healthz`` and ``/metrics``."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.wiring import Services


def build_router(services: Services) -> APIRouter:
    """Routes for supervisors and Prometheus; they tell numbers and states, never messages."""
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        """200 while the database answers; the model may be away, the bank still works."""
        try:
            async with services.base.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
            database = "ok"
        except (SQLAlchemyError, OSError):
            database = "down"
        body = {
            "status": "ok" if database == "ok" else "down",
            "database": database,
            "questions": services.base.bank.size,
            "model": services.base.model.breaker_state if services.base.model.available else "off",
        }
        return JSONResponse(body, status_code=200 if database == "ok" else 503)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(services.base.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return router
