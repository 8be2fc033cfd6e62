"""Questions from forms: not empty, not too long, one at a time per browser."""

from __future__ import annotations

from starlette.requests import Request

from bot.console.forms import read_form
from bot.console.refusal import Refusal
from bot.console.visitor import Visitor

NOT_DONE = "这道题没有答成，请再试一次。"


class Intake:
    def __init__(self, max_question_chars: int) -> None:
        self._max_chars = max_question_chars
        # A Chinese character is three bytes, nine once a form has escaped them.
        self._max_bytes = max_question_chars * 12 + 1024
        self._too_long = f"问题太长了，最多 {max_question_chars} 字，一次发一道题就好。"
        self._busy: set[Visitor] = set()

    async def form(self, request: Request) -> dict[str, str]:
        """The fields of a form with a question.

        Raises:
            Refusal: as :func:`read_form`.
        """
        return await read_form(request, max_bytes=self._max_bytes, too_large=self._too_long)

    def take(self, visitor: Visitor, question: str) -> None:
        """Occupy the visitor's only place until :meth:`free`.

        Raises:
            Refusal: there is no question, it is too long, or another one is being answered.
        """
        if not question:
            raise Refusal(422, "先写下题目。")
        if len(question) > self._max_chars:
            raise Refusal(422, self._too_long)
        if visitor in self._busy:
            raise Refusal(429, "上一题还在答，等它答完再问。", retry_after_s=1)
        self._busy.add(visitor)

    def free(self, visitor: Visitor) -> None:
        self._busy.discard(visitor)
