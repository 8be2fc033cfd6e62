"""The web page: ask, watch the answer come, rate it, correct it; for superusers, two rounds side by side.

Rendered on the server, usable without JavaScript, no file from elsewhere.
"""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.console.asking import Asking
from bot.console.assets import Assets
from bot.console.contracts import Answers, ConsoleServices, ConsoleStatus, RoundServices
from bot.console.entry import Entry
from bot.console.guard import Endpoint, Guard, secured
from bot.console.login import Login
from bot.console.opinions import Opinions
from bot.console.pages import Pages
from bot.console.rounds import Rounds
from bot.console.superusers import Superusers
from bot.console.visitor import Visitor

__all__ = ["Answers", "ConsoleServices", "ConsoleStatus", "RoundServices", "build_router"]


def build_router(
    services: ConsoleServices,
    *,
    web_token: SecretStr | None,
    web_url: str = "",
    max_question_chars: int = 2000,
    heartbeat_s: float = 10,
) -> APIRouter:
    """Routes of the page, for any FastAPI application.

    With *web_token* nobody passes the login page without it; else only this machine is answered, and who came by the
    name in *web_url*. During an answer
    the browser hears something at least every *heartbeat_s* seconds.
    """
    assets = Assets()
    pages = Pages(services, assets, max_question_chars=max_question_chars)
    entry = Entry(web_token) if web_token else None
    guard = Guard(entry, pages, web_url=web_url)
    asking = Asking(services.answers, pages, max_question_chars=max_question_chars, heartbeat_s=heartbeat_s)
    opinions = Opinions(services.feedback, services.withdrawing)
    login = Login(entry, pages)
    superusers = Superusers(services.rounds.passes, pages)
    rounds = Rounds(services.rounds, superusers, pages, max_question_chars=max_question_chars, heartbeat_s=heartbeat_s)

    async def home(_request: Request, visitor: Visitor) -> Response:
        return await pages.chat(visitor)

    async def status(_request: Request, _visitor: Visitor) -> Response:
        return JSONResponse(pages.status_words())

    router = APIRouter()
    routes: list[tuple[str, str, Endpoint]] = [
        ("GET", "/", guard.behind(home)),
        ("GET", "/ask", guard.behind(asking.back)),
        ("POST", "/ask", guard.behind(asking.ask)),
        ("POST", "/asks/{ask_id}/rating", guard.behind(opinions.rate)),
        ("POST", "/asks/{ask_id}/correction", guard.behind(opinions.propose)),
        ("POST", "/corrections/{correction_id}/withdrawal", guard.behind(opinions.withdraw)),
        ("GET", "/rounds", guard.behind(rounds.show)),
        ("POST", "/rounds", guard.behind(rounds.ask)),
        ("POST", "/rounds/{battle_id}/vote", guard.behind(rounds.vote)),
        ("GET", "/rounds/code", guard.behind(rounds.back)),
        ("POST", "/rounds/code", guard.behind(superusers.enter)),
        ("POST", "/rounds/exit", guard.behind(superusers.leave)),
        ("GET", "/console/status", guard.behind(status)),
        ("GET", "/login", guard.before(login.show)),
        ("POST", "/login", guard.before(login.enter)),
        ("GET", "/console/assets/{name}", secured(assets.serve)),
    ]
    for method, path, endpoint in routes:
        router.add_api_route(path, endpoint, methods=[method], response_model=None, include_in_schema=False)
    return router
