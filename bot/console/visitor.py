"""Who a browser is: a random session in a cookie, nothing else."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

SESSION_COOKIE = "gongkao_session"
# Browsers keep a cookie for at most 400 days.
COOKIE_AGE_S = 400 * 24 * 3600
_SESSION = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Visitor:
    session: str
    """32 hex digits, 128 random bits; whoever knows it sees the history."""

    @property
    def member_id(self) -> str:
        return f"web:{self.session}"


def known_visitor(request: Request) -> Visitor | None:
    """The visitor the browser says it is; ``None`` without a well-formed cookie."""
    session = request.cookies.get(SESSION_COOKIE, "")
    return Visitor(session) if _SESSION.fullmatch(session) else None


def new_visitor() -> Visitor:
    return Visitor(secrets.token_hex(16))


def set_cookie(request: Request, response: Response, name: str, value: str, *, age_s: int = COOKIE_AGE_S) -> None:
    """A cookie no script can read and no other site's request carries; https only where the page is."""
    response.set_cookie(
        name,
        value,
        max_age=age_s,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
