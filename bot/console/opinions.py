"""Ratings and corrections from the page."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.console.forms import number_in, read_form
from bot.console.refusal import Refusal, wants_json
from bot.console.visitor import Visitor
from bot.services.corrections import Refused, WithdrawService
from bot.services.corrections.feedback import FeedbackService, UnknownAsk
from bot.services.corrections.reporting import Reporter
from bot.services.corrections.words import reported_text

_RATINGS: dict[str, Literal[1, -1, 0]] = {"1": 1, "-1": -1, "0": 0}
_MAX_BYTES = 24 * 1024
_TOO_LARGE = "内容太长了，写短一点。"


class Opinions:
    """What a visitor says about its own exchanges; scripts get JSON, forms are led back to the page."""

    def __init__(self, feedback: FeedbackService, withdrawing: WithdrawService) -> None:
        self._feedback = feedback
        self._withdrawing = withdrawing

    async def rate(self, request: Request, visitor: Visitor) -> Response:
        ask_id = _number(request, "ask_id")
        form = await read_form(request, max_bytes=_MAX_BYTES, too_large=_TOO_LARGE)
        rating = _RATINGS.get(form.get("rating", ""))
        if rating is None:
            raise Refusal(422, "评价只有有用、没用两种。")
        try:
            await self._feedback.rate(ask_id, visitor.member_id, rating)
        except UnknownAsk as error:
            raise _unknown() from error
        return JSONResponse({"rating": rating}) if wants_json(request) else _back_to(ask_id)

    async def propose(self, request: Request, visitor: Visitor) -> Response:
        ask_id = _number(request, "ask_id")
        form = await read_form(request, max_bytes=_MAX_BYTES, too_large=_TOO_LARGE)
        try:
            reported = await self._feedback.propose(
                ask_id, _reporter(visitor), form.get("proposed", ""), form.get("reason", "")
            )
        except UnknownAsk as error:
            raise _unknown() from error
        except Refused as error:
            raise Refusal(422, str(error)) from error
        if wants_json(request):
            return JSONResponse(
                {
                    "correction_id": str(reported.correction_id),
                    "proposed": reported.understood.words,
                    "text": reported_text(reported, how_to_withdraw=""),
                }
            )
        return _back_to(ask_id)

    async def withdraw(self, request: Request, visitor: Visitor) -> Response:
        try:
            text = await self._withdrawing.withdraw(_number(request, "correction_id"), visitor.member_id)
        except Refused as error:
            raise Refusal(409, str(error)) from error
        return JSONResponse({"text": text}) if wants_json(request) else RedirectResponse("/", status_code=303)


def _reporter(visitor: Visitor) -> Reporter:
    return Reporter(visitor.member_id, "", "web", None)


def _number(request: Request, name: str) -> int:
    number = number_in(request, name)
    if number is None:
        raise _unknown()
    return number


def _unknown() -> Refusal:
    return Refusal(404, "没有找到这条回答。")


def _back_to(ask_id: int) -> Response:
    return RedirectResponse(f"/#ask-{ask_id}", status_code=303)
