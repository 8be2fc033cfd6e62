"""Taking a question and handing the answer to the browser, piece by piece or as a page."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from loguru import logger
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console import shown
from bot.console.contracts import Answers
from bot.console.eventstream import HEARTBEAT, EventStream, event, with_silences
from bot.console.intake import NOT_DONE, Intake
from bot.console.pages import Pages
from bot.console.refusal import Refusal, wants_json
from bot.console.visitor import Visitor
from bot.services.answer import Answer
from bot.services.incoming import WEB, Incoming


class Asking:
    """``/ask``: one question at a time per browser."""

    def __init__(self, answers: Answers, pages: Pages, *, max_question_chars: int, heartbeat_s: float) -> None:
        self._answers = answers
        self._pages = pages
        self._intake = Intake(max_question_chars)
        self._heartbeat_s = heartbeat_s

    async def ask(self, request: Request, visitor: Visitor) -> Response:
        """The answer as events for the script, as the whole page for a plain form."""
        if wants_json(request):
            return self._streamed(self._taken(visitor, await self._typed(request)))
        typed = ""
        try:
            typed = await self._typed(request)
            incoming = self._taken(visitor, typed)
        except Refusal as refusal:
            return await self._pages.chat(visitor, notice=refusal.sentence, draft=typed, status_code=refusal.status)
        return await self._whole(visitor, incoming)

    async def back(self, _request: Request, _visitor: Visitor) -> Response:
        """For somebody who opens the address of an answered form again."""
        return RedirectResponse("/", status_code=303)

    async def _typed(self, request: Request) -> str:
        form = await self._intake.form(request)
        return form.get("text", "").strip()

    def _taken(self, visitor: Visitor, question: str) -> Incoming:
        """The question, with the visitor's only place occupied until :meth:`_free`."""
        self._intake.take(visitor, question)
        return Incoming(account=WEB, member_id=visitor.member_id, text=question)

    def _free(self, incoming: Incoming) -> None:
        self._intake.free(Visitor(incoming.member_id.removeprefix("web:")))

    async def _whole(self, visitor: Visitor, incoming: Incoming) -> Response:
        try:
            answer = await self._answers.answer(incoming)
        except Exception:  # noqa: BLE001 - whatever broke, the visitor gets its question back and one sentence
            logger.exception("a question of the web page could not be answered")
            return await self._pages.chat(visitor, notice=NOT_DONE, draft=incoming.text, status_code=502)
        finally:
            self._free(incoming)
        page = await self._pages.chat(visitor, fresh=shown.from_answer(answer, incoming.text))
        page.background = BackgroundTask(self._answers.delivered, answer.ask_id, None)
        return page

    def _streamed(self, incoming: Incoming) -> Response:
        sent: list[Answer] = []

        async def finished() -> None:
            self._free(incoming)
            for answer in sent:
                await self._answers.delivered(answer.ask_id, None)

        return EventStream(self._frames(incoming, sent), finished)

    async def _frames(self, incoming: Incoming, sent: list[Answer]) -> AsyncGenerator[bytes, None]:
        """Events for the browser; an answer joins *sent* once its event has gone out."""
        try:
            waiting: list[str] = []

            async def notice(text: str) -> None:
                waiting.append(text)

            answers = self._answers.stream(incoming, notice)
            async with aclosing(with_silences(answers, self._heartbeat_s)) as items:
                async for item in items:
                    while waiting:
                        yield event("notice", {"text": waiting.pop(0)})
                    if item is None:
                        yield HEARTBEAT
                    elif isinstance(item, str):
                        yield event("piece", {"text": item})
                    else:
                        yield event("answer", shown.from_answer(item, incoming.text).as_event())
                        sent.append(item)
        except Exception:  # noqa: BLE001 - the status line is long gone: the browser can only be told in the stream
            logger.exception("a question of the web page could not be answered")
        if not sent:
            yield event("problem", {"text": NOT_DONE})
