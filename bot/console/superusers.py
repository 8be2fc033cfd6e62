"""Browsers that are a superuser's: a code from the chat lets one in, and no shared token does."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console.entry import Attempts, host_of
from bot.console.forms import read_form
from bot.console.pages import Pages
from bot.console.refusal import Refusal, wants_json
from bot.console.visitor import Visitor, set_cookie
from bot.services.passes import PASS_S, Pass, Passes
from store.cache import CacheUnavailable

SUPERUSER_COOKIE = "gongkao_superuser"
HOME = "/rounds"
NEEDS_CODE = "先用验证码登录：私聊机器人发 /网页，刷新这一页填进去。"
_WRONG = "验证码不对，或者用过、过期了。私聊机器人发 /网页 再要一个。"
_LOST = "现在认不了验证码，稍后再试。"
_MAX_BYTES = 4096


class Superusers:
    def __init__(self, passes: Passes, pages: Pages, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._passes = passes
        self._pages = pages
        self._attempts = Attempts(clock)

    async def known(self, request: Request, visitor: Visitor) -> Pass | None:
        """The pass that the browser carries; it counts in this session alone."""
        return await self._passes.find(visitor.session, request.cookies.get(SUPERUSER_COOKIE, ""))

    def turned_away(self, request: Request) -> Response:
        """For who has no pass: the field for a code.

        Raises:
            Refusal: the script asked.
        """
        if wants_json(request):
            raise Refusal(403, NEEDS_CODE)
        return self._pages.code()

    async def enter(self, request: Request, visitor: Visitor) -> Response:
        """To the rounds with a good code; back to the field, later each time, with a wrong one."""
        form = await read_form(request, max_bytes=_MAX_BYTES, too_large=_WRONG)
        try:
            token = await self._redeemed(request, visitor, form.get("code", ""))
        except Refusal as refusal:
            page = self._pages.code(notice=refusal.sentence, status_code=refusal.status)
            page.headers.update(refusal.headers)
            return page
        response = RedirectResponse(HOME, status_code=303)
        set_cookie(request, response, SUPERUSER_COOKIE, token, age_s=PASS_S)
        return response

    async def leave(self, request: Request, visitor: Visitor) -> Response:
        """Be nobody again."""
        found = await self.known(request, visitor)
        if found is not None:
            try:
                await self._passes.end(found)
            except CacheUnavailable as error:
                raise Refusal(503, "现在退不出去，稍后再试。") from error
        response = RedirectResponse(HOME, status_code=303)
        response.delete_cookie(SUPERUSER_COOKIE)
        return response

    async def _redeemed(self, request: Request, visitor: Visitor, code: str) -> str:
        host = host_of(request)
        self._attempts.refuse_early(host)
        # Counted before it is looked at: of many codes sent at one moment only the first is.
        self._attempts.failed(host)
        try:
            token = await self._passes.redeem(code, visitor.session)
        except CacheUnavailable as error:
            raise Refusal(503, _LOST) from error
        if token is None:
            raise Refusal(403, _WRONG)
        self._attempts.forget(host)
        return token
