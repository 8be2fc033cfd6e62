"""The HTML: one chat page, a login page, a page for what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bot.console.assets import Assets
from bot.console.contracts import ConsoleServices, ConsoleStatus
from bot.console.refusal import Refusal
from bot.console.sheet import ShownSide, Trial
from bot.console.shown import BLANK, Shown, from_exchange
from bot.console.visitor import Visitor
from bot.console.wanted import Wanted
from bot.services.arena import words
from bot.services.arena.choices import Choice
from bot.services.corrections.proposal import MAX_ANSWER_CHARS, MAX_REASON_CHARS

HISTORY_LENGTH = 20
EXAMPLES = (
    "我国第一部纪传体通史是什么？",
    "科举制度在我国废止于哪一年？",
    "根据宪法，有权决定特赦的机关是（　）。\nA. 国务院常务会议\nB. 全国人大常委会\nC. 最高人民法院\nD. 全国人大主席团",
)
_MODEL_WORDS = {"online": "模型在线", "off": "模型未接入", "down": "模型暂时不可用"}


class Pages:
    def __init__(self, services: ConsoleServices, assets: Assets, *, max_question_chars: int) -> None:
        self._services = services
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        shared: dict[str, object] = {
            "asset": assets.url,
            "max_question_chars": max_question_chars,
            "max_proposed_chars": MAX_ANSWER_CHARS,
            "max_reason_chars": MAX_REASON_CHARS,
            "examples": EXAMPLES,
            "blank": BLANK,
            "votes": words.CHOICES,
        }
        cast("dict[str, object]", self._templates.globals).update(shared)

    async def chat(
        self,
        visitor: Visitor,
        *,
        fresh: Shown | None = None,
        notice: str = "",
        draft: str = "",
        status_code: int = 200,
    ) -> HTMLResponse:
        """The page with the visitor's history.

        *fresh* is the exchange that just ended, shown last even where the
        history does not have it yet; *notice* says why a question was not
        taken, *draft* gives it back.
        """
        history = await self._services.feedback.history(visitor.member_id, HISTORY_LENGTH)
        shown = [from_exchange(exchange) for exchange in history]
        if fresh is not None:
            shown = [*(one for one in shown if one.id != fresh.id), fresh]
        return self._html(
            "chat.html", status_code, exchanges=shown, notice=notice, draft=draft, status=self.status_words()
        )

    def status_words(self) -> dict[str, str]:
        """The status line's words and the model's state, an English code."""
        status: ConsoleStatus = self._services.status()
        return {"bank": f"题库 {status.questions} 题", "model": _MODEL_WORDS[status.model], "state": status.model}

    def login(self, *, notice: str = "", status_code: int = 200) -> HTMLResponse:
        return self._html("login.html", status_code, notice=notice)

    def code(self, *, notice: str = "", status_code: int = 200) -> HTMLResponse:
        """The field for a superuser's code."""
        return self._html("code.html", status_code, notice=notice)

    def rounds(
        self,
        *,
        trials: Sequence[tuple[Trial, str]],
        choices: Sequence[Choice],
        serving: str,
        wanted: Wanted,
        notice: str,
        status_code: int,
    ) -> HTMLResponse:
        """The page for rounds.

        *trials*, oldest first, with what was voted for each; *serving* is the number of the round that
        serves; *wanted* is given back to the form.
        """
        return self._html(
            "rounds.html",
            status_code,
            trials=trials,
            choices=choices,
            serving=serving,
            wanted=wanted,
            notice=notice,
            empty=Trial(question="", sides=(), battle_id="0"),
            blank_side=ShownSide(mark="", title="", figures="", text=""),
        )

    def problem(self, refusal: Refusal) -> HTMLResponse:
        page = self._html("problem.html", refusal.status, sentence=refusal.sentence)
        page.headers.update(refusal.headers)
        return page

    def bounce(self, path: str) -> HTMLResponse:
        """A page that opens *path* once more, as a visit from our own site."""
        return self._html("bounce.html", 200, path=path)

    def _html(self, template: str, status_code: int, **values: object) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(**values), status_code)
