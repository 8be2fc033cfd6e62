"""The login page, where the page is not open to everybody."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console.entry import ENTRY_COOKIE, Entry
from bot.console.forms import read_form
from bot.console.pages import Pages
from bot.console.refusal import Refusal
from bot.console.visitor import Visitor, set_cookie

_MAX_BYTES = 4096


class Login:
    def __init__(self, entry: Entry | None, pages: Pages) -> None:
        self._entry = entry
        self._pages = pages

    async def show(self, request: Request, visitor: Visitor) -> Response:
        if self._entry is None or self._entry.admits(request, visitor):
            return RedirectResponse("/", status_code=303)
        return self._pages.login()

    async def enter(self, request: Request, visitor: Visitor) -> Response:
        """Into the page with the right token; back to the form, later each time, with a wrong one."""
        if self._entry is None:
            return RedirectResponse("/", status_code=303)
        form = await read_form(request, max_bytes=_MAX_BYTES, too_large="口令不对。")
        try:
            self._entry.check(request, form.get("token", ""))
        except Refusal as refusal:
            page = self._pages.login(notice=refusal.sentence, status_code=refusal.status)
            page.headers.update(refusal.headers)
            return page
        response = RedirectResponse("/", status_code=303)
        set_cookie(request, response, ENTRY_COOKIE, self._entry.seal(visitor))
        return response
