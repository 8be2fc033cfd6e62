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
from bot.console.forms import read_form
from bot.console.pages import Pages
from bot.console.refusal import Refusal, wants_json
from bot.console.visitor import Visitor
from bot.services.answer import Answer
from bot.services.incoming import Incoming

_NOT_DONE = "这道题没有答成，请再试一次。"


class Asking:
    """``/ask``: one question at a time per browser."""

    def __init__(self, answers: Answers, pages: Pages, *, max_question_chars: int, heartbeat_s: float) -> None:
        self._answers = answers
        self._pages = pages
        self._max_chars = max_question_chars
        # A Chinese character is three bytes, nine once a form has escaped them.
        self._max_bytes = max_question_chars * 12 + 1024
        self._heartbeat_s = heartbeat_s
        self._too_long = f"问题太长了，最多 {max_question_chars} 字，一次发一道题就好。"
        self._busy: set[str] = set()

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
        form = await read_form(request, max_bytes=self._max_bytes, too_large=self._too_long)
        return form.get("text", "").strip()

    def _taken(self, visitor: Visitor, question: str) -> Incoming:
        """The question, with the visitor's only place occupied until :meth:`_free`."""
        if not question:
            raise Refusal(422, "先写下题目。")
        if len(question) > self._max_chars:
            raise Refusal(422, self._too_long)
        if visitor.session in self._busy:
            raise Refusal(429, "上一题还在答，等它答完再问。", retry_after_s=1)
        self._busy.add(visitor.session)
        return Incoming(account="web", member_id=visitor.member_id, text=question)

    def _free(self, incoming: Incoming) -> None:
        self._busy.discard(incoming.member_id.removeprefix("web:"))

    async def _whole(self, visitor: Visitor, incoming: Incoming) -> Response:
        try:
            answer = await self._answers.answer(incoming)
        except Exception:  # noqa: BLE001 - whatever broke, the visitor gets its question back and one sentence
            logger.exception("a question of the web page could not be answered")
            return await self._pages.chat(visitor, notice=_NOT_DONE, draft=incoming.text, status_code=502)
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
            yield event("problem", {"text": _NOT_DONE})
