"""``/rounds``: one question to two rounds side by side, or to any one of them, for superusers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from loguru import logger
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.console.contracts import RoundServices
from bot.console.eventstream import HEARTBEAT, EventStream, event, told, with_silences
from bot.console.forms import number_in, read_form
from bot.console.intake import NOT_DONE, Intake
from bot.console.pages import Pages
from bot.console.refusal import Refusal, wants_json
from bot.console.sheet import Sheet, Trial
from bot.console.superusers import HOME, Superusers
from bot.console.visitor import Visitor
from bot.console.wanted import Wanted
from bot.services.arena import words
from bot.services.arena.comparing import NotCompared, Say
from bot.services.incoming import WEB, Incoming
from bot.services.passes import Pass
from bot.services.training_process import JobFailed

_MAX_BYTES = 4096


class Rounds:
    def __init__(
        self,
        services: RoundServices,
        superusers: Superusers,
        pages: Pages,
        *,
        max_question_chars: int,
        heartbeat_s: float,
    ) -> None:
        self._services = services
        self._superusers = superusers
        self._pages = pages
        self._sheet = Sheet(services.cache)
        self._intake = Intake(max_question_chars)
        self._heartbeat_s = heartbeat_s

    async def show(self, request: Request, visitor: Visitor) -> Response:
        held = await self._superusers.known(request, visitor)
        return self._superusers.turned_away(request) if held is None else await self._page(held)

    async def back(self, _request: Request, _visitor: Visitor) -> Response:
        """For somebody who opens the address of a form."""
        return RedirectResponse(HOME, status_code=303)

    async def ask(self, request: Request, visitor: Visitor) -> Response:
        """The answers as events for the script, as the whole page for a plain form."""
        held = await self._superusers.known(request, visitor)
        if held is None:
            return self._superusers.turned_away(request)
        wanted = Wanted()
        try:
            form = await self._intake.form(request)
            wanted = Wanted(form.get("text", "").strip(), form.get("round", ""), "alone" in form)
            number = wanted.number
            self._intake.take(visitor, wanted.question)
        except Refusal as refusal:
            if wants_json(request):
                raise
            return await self._page(held, wanted, notice=refusal.sentence, status_code=refusal.status)
        if wants_json(request):

            async def finished() -> None:
                self._intake.free(visitor)

            return EventStream(self._frames(held, number, wanted), finished)
        try:
            return await self._whole(held, number, wanted)
        finally:
            self._intake.free(visitor)

    async def vote(self, request: Request, visitor: Visitor) -> Response:
        """Keep which answer the superuser finds better; the last word counts."""
        held = await self._superusers.known(request, visitor)
        if held is None:
            return self._superusers.turned_away(request)
        form = await read_form(request, max_bytes=_MAX_BYTES, too_large="只能投甲、乙、一样好或都不对。")
        said = form.get("choice", "")
        if said not in words.CHOICES:
            raise Refusal(422, "只能投甲、乙、一样好或都不对。")
        number = number_in(request, "battle_id")
        battle = None if number is None else await self._services.battles.of_web(number)
        if battle is None:
            raise Refusal(404, "没有找到这次对比。")
        text = await self._services.battles.vote(battle, self._services.person(held.member_id), said)
        if wants_json(request):
            return JSONResponse({"choice": said, "text": text})
        return RedirectResponse(f"{HOME}#battle-{number}", status_code=303)

    async def _page(
        self,
        held: Pass,
        wanted: Wanted | None = None,
        *,
        trials: Sequence[Trial] | None = None,
        notice: str = "",
        status_code: int = 200,
    ) -> Response:
        if trials is None:
            trials = await self._sheet.trials(held)
        battle_ids = [int(trial.battle_id) for trial in trials if trial.battle_id]
        said = (
            await self._services.battles.said(self._services.person(held.member_id), battle_ids) if battle_ids else {}
        )
        try:
            choices = await self._services.choices.now()
        except JobFailed as error:
            choices, notice = (), notice or str(error)
        return self._pages.rounds(
            trials=[(trial, said.get(int(trial.battle_id or 0), "")) for trial in trials],
            choices=choices,
            serving=self._services.comparing.serving,
            wanted=wanted or Wanted(),
            notice=notice,
            status_code=status_code,
        )

    async def _whole(self, held: Pass, number: int, wanted: Wanted) -> Response:
        async def say(_text: str) -> None:
            """A plain form waits in silence."""

        try:
            trial = await self._tried(held, number, wanted, say)
        except NotCompared as error:
            return await self._page(held, wanted, notice=str(error), status_code=409)
        except Exception:  # noqa: BLE001 - whatever broke, the superuser gets the question back and one sentence
            logger.exception("a question could not be put to rounds")
            return await self._page(held, wanted, notice=NOT_DONE, status_code=502)
        trials = await self._sheet.add(held, trial)
        return await self._page(held, Wanted("", wanted.round, wanted.alone), trials=trials)

    async def _frames(self, held: Pass, number: int, wanted: Wanted) -> AsyncGenerator[bytes, None]:
        lines = told(lambda say: self._tried(held, number, wanted, say))
        try:
            async with aclosing(with_silences(lines, self._heartbeat_s)) as items:
                async for item in items:
                    if item is None:
                        yield HEARTBEAT
                    elif isinstance(item, str):
                        yield event("notice", {"text": item})
                    else:
                        await self._sheet.add(held, item)
                        yield event("answer", item.as_event())
        except NotCompared as error:
            yield event("problem", {"text": str(error)})
        except Exception:  # noqa: BLE001 - the status line is long gone: the browser can only be told in the stream
            logger.exception("a question could not be put to rounds")
            yield event("problem", {"text": NOT_DONE})

    async def _tried(self, held: Pass, number: int, wanted: Wanted, say: Say) -> Trial:
        incoming = Incoming(account=WEB, member_id=held.member_id, text=wanted.question)
        comparing = self._services.comparing
        if wanted.alone:
            return Trial.of(wanted.question, await comparing.ask(incoming, number, wanted.question, say))
        return Trial.of(wanted.question, await comparing.compare(incoming, [number], wanted.question, say))
