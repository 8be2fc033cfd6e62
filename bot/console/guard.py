"""What every request passes: same origin, a session, the token; and the headers of every response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.console.entry import Entry
from bot.console.pages import Pages
from bot.console.refusal import Refusal, wants_json
from bot.console.visitor import SESSION_COOKIE, Visitor, known_visitor, new_visitor, set_cookie
from settings import is_loopback

Handler = Callable[[Request, Visitor], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers then send "Origin: null" with forms, which the origin check must refuse.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Wraps the page's handlers."""

    def __init__(self, entry: Entry | None, pages: Pages, *, web_url: str = "") -> None:
        """Without an *entry* the page is for this machine, and for where *web_url* leads to it."""
        self._entry = entry
        self._pages = pages
        self._own_host = urlsplit(web_url).hostname

    def behind(self, handler: Handler) -> Endpoint:
        """*handler* for visitors who are let in; the others are sent to the login page."""
        return self._wrapped(handler, needs_entry=True)

    def before(self, handler: Handler) -> Endpoint:
        """*handler* for everybody."""
        return self._wrapped(handler, needs_entry=False)

    def _wrapped(self, handler: Handler, *, needs_entry: bool) -> Endpoint:
        async def guarded(request: Request) -> Response:
            response = await self._respond(request, handler, needs_entry)
            response.headers.update(SECURITY_HEADERS)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        return guarded

    async def _respond(self, request: Request, handler: Handler, needs_entry: bool) -> Response:
        known = known_visitor(request)
        if known is None and _came_by_link(request):
            return self._pages.bounce(request.url.path)
        visitor = known or new_visitor()
        try:
            self._refuse_strange_host(request)
            _refuse_foreign(request)
            if needs_entry and self._entry is not None and not self._entry.admits(request, visitor):
                return RedirectResponse("/login", status_code=303)
            response = await handler(request, visitor)
        except Refusal as refusal:
            response = self._refused(request, refusal)
        if known is None and response.status_code < 400:
            set_cookie(request, response, SESSION_COOKIE, visitor.session)
        return response

    def _refuse_strange_host(self, request: Request) -> None:
        """A site whose name was turned to our address is of one origin with us: without a token only names of ours
        are answered."""
        if self._entry is not None:
            return
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        if not is_loopback(host) and host != self._own_host:
            raise Refusal(403, "没有设口令的网页只给本机用。要从别的网址打开，先设 GONGKAO_WEB_TOKEN。")

    def _refused(self, request: Request, refusal: Refusal) -> Response:
        if wants_json(request):
            return JSONResponse({"error": refusal.sentence}, refusal.status, headers=refusal.headers)
        return self._pages.problem(refusal)


def secured(endpoint: Endpoint) -> Endpoint:
    """*endpoint* with the security headers and nothing else: for files that are the same for everybody."""

    async def with_headers(request: Request) -> Response:
        response = await endpoint(request)
        response.headers.update(SECURITY_HEADERS)
        return response

    return with_headers


def _came_by_link(request: Request) -> bool:
    """A link on another site led here, so the browser held our SameSite=Strict cookies back.

    Answering with a new session would overwrite the one it has; the bounce
    page makes it ask again, this time from our own site.
    """
    return request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site"


def _refuse_foreign(request: Request) -> None:
    """Refuse a write that another site made the browser send.

    Every current browser says where a write comes from; a program that says
    nothing has no cookies to misuse.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    if site not in {"same-origin", "none"} or (origin is not None and urlsplit(origin).netloc != host):
        raise Refusal(403, "这个请求来自别的网站，没有执行。")
