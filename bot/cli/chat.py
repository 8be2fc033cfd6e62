"""``gongkao chat``: ask and be answered in the terminal."""

from __future__ import annotations

from contextlib import aclosing
from typing import Annotated

import typer

from bot.cli.console import fail, load_settings, run_async, typed
from bot.services.answer import Answer
from bot.services.passport import in_words
from settings import Settings

_HINT = "直接输入题目；选择题把选项粘在后面（一次粘贴多行也行）。/为什么 看依据，/退出 结束。"
LEAVE = {"/退出", "退出", "/exit", "exit", "quit", "/q"}
_WHY = {"/为什么", "为什么", "/依据", "依据"}


def chat(
    engine: Annotated[bool, typer.Option("--engine", help="直接和模型对话，不查题库，不留记录")] = False,
    url: Annotated[
        str | None, typer.Option(help="模型服务的地址，例如 http://127.0.0.1:23333；不写就用正在服务的")
    ] = None,
    model: Annotated[str | None, typer.Option(help="模型名；不写就用服务列出的第一个")] = None,
    system: Annotated[str | None, typer.Option(help='系统提示词；不写就用机器人问模型时的那一段，写 "" 就不带')] = None,
) -> None:
    if engine:
        from bot.cli.engine_chat import engine_chat

        engine_chat(url=url, model=model, system=system)
    if (url, model, system) != (None, None, None):
        fail("--url、--model、--system 要和 --engine 一起用。")
    run_async(_chat(load_settings()))


async def _chat(settings: Settings) -> None:
    from prompt_toolkit import PromptSession
    from rich.console import Console
    from rich.live import Live
    from rich.panel import Panel
    from rich.text import Text

    from bot.wiring import Services, open_services

    async def answer(services: Services, text: str) -> Answer:
        final: Answer | None = None
        shown = Text()
        with Live(shown, console=console, refresh_per_second=12, transient=True) as live:
            async with aclosing(services.answering.answers.stream(typed(text))) as parts:
                async for part in parts:
                    if isinstance(part, Answer):
                        final = part
                    else:
                        shown.append(part)
                        live.update(shown)
        assert final is not None
        await services.answering.answers.delivered(final.ask_id, None)
        return final

    console = Console()
    prompt: PromptSession[str] = PromptSession()
    last: Answer | None = None
    async with open_services(settings) as services:
        console.print(
            f"题库 {services.base.bank.size} 题，模型{'已接入' if services.base.model.available else '未接入'}。{_HINT}",
            style="dim",
        )
        while True:
            try:
                text = (await prompt.prompt_async("问 › ")).strip()
            except (EOFError, KeyboardInterrupt):
                break
            if text in LEAVE:
                break
            if text in _WHY:
                console.print(Text(in_words(last.passport) if last else "还没有回答过。", style="dim"))
            elif text:
                last = await answer(services, text)
                style = "green" if last.state == "answered" else "yellow"
                console.print(Panel(Text(last.text), border_style=style, expand=False))
