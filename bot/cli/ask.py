"""``gongkao ask``: one question, its answer and its passport."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from bot.cli.console import load_settings, run_async, typed
from bot.services.answer import Answer
from bot.services.passport import in_words
from settings import Settings


def ask(
    question: Annotated[str, typer.Argument(help="题目；选择题连选项一起。写 - 则从标准输入读")],
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON，给脚本用")] = False,
) -> None:
    """Exit codes: 0 answered, 3 an honest no, 1 something is broken."""
    text = sys.stdin.read() if question == "-" else question
    answer = run_async(_answer(load_settings(), text))
    if as_json:
        typer.echo(json.dumps(as_dict(answer), ensure_ascii=False))
    else:
        typer.echo(answer.text)
        if answer.state == "answered":
            typer.secho(f"\n{in_words(answer.passport)}", dim=True)
    raise typer.Exit({"answered": 0, "refused": 3}.get(answer.state, 1))


def as_dict(answer: Answer) -> dict[str, object]:
    """The answer for scripts; ``ask_id`` is a string because it has more than 53 bits."""
    return {
        "ask_id": str(answer.ask_id),
        "state": answer.state,
        "reason": answer.reason,
        "text": answer.text,
        "question_id": answer.question_id,
        "passport": answer.passport.model_dump(mode="json"),
    }


async def _answer(settings: Settings, text: str) -> Answer:
    from bot.wiring import open_services

    async with open_services(settings) as services:
        answer = await services.answering.answers.answer(typed(text))
        await services.answering.answers.delivered(answer.ask_id, None)
        return answer
