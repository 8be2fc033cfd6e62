"""Where a talk with the model is typed and read: a terminal, or a script's pipes."""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, Protocol, cast

import typer
from prompt_toolkit import PromptSession
from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.text import Text

from inference.client import Completion


def here() -> Front:
    """A person's screen, unless input or output is a file or a pipe."""
    return Screen() if sys.stdin.isatty() and sys.stdout.isatty() else Pipe()


class Front(Protocol):
    """Where the talk is typed and read."""

    code: int

    def greet(self, words: str) -> None: ...
    def note(self, words: str) -> None: ...
    def complain(self, words: str) -> None: ...

    async def read(self) -> str | None:
        """The next line without blanks around it; ``None`` at the end."""
        ...

    async def listen(self, answer: Coroutine[None, None, None]) -> None:
        """Let *answer* come, or be stopped."""
        ...

    async def show(self, parts: AsyncGenerator[str | Completion]) -> Completion:
        """The reply, after its pieces were shown."""
        ...


class Screen:
    """A person at a terminal."""

    def __init__(self) -> None:
        self.code = 0
        self._console = Console(highlight=False)
        self._prompt: PromptSession[str] = PromptSession()

    def greet(self, words: str) -> None:
        self.note(f"{words}\n/清空 重新开始，/退出 结束；回答时按 Ctrl-C 只停这一句。")

    def note(self, words: str) -> None:
        self._console.print(Text(words, style="dim"))

    def complain(self, words: str) -> None:
        self._console.print(Text(words, style="yellow"))

    async def read(self) -> str | None:
        try:
            return (await self._prompt.prompt_async("问 › ")).encode("utf-8", "replace").decode().strip()
        except (EOFError, KeyboardInterrupt):
            return None

    async def listen(self, answer: Coroutine[None, None, None]) -> None:
        task, loop = asyncio.ensure_future(answer), asyncio.get_running_loop()

        def stop(*_: object) -> None:
            loop.call_soon_threadsafe(task.cancel)

        # The loop's own handler would end the command.
        before = signal.signal(signal.SIGINT, stop)
        try:
            await asyncio.wait({task})
        finally:
            signal.signal(signal.SIGINT, before)
        if task.cancelled():
            self.note("停下了，这一问不算进对话。")
        else:
            task.result()

    async def show(self, parts: AsyncGenerator[str | Completion]) -> Completion:
        said, style = "", "yellow"

        def tail() -> Text:
            # What is above the screen cannot be drawn over.
            lines = Text(said or "…", style="" if said else "dim").wrap(self._console, self._console.width)
            return Text("\n").join(lines[-max(1, self._console.height - 2) :])

        try:
            with Live(get_renderable=tail, console=self._console, refresh_per_second=12, transient=True):
                async for part in parts:
                    if isinstance(part, Completion):
                        said, style = part.text, "green"
                        return part
                    said += part
        finally:
            if said.strip():
                self._console.print(Panel(Text(said.strip()), border_style=style, expand=False))
        raise AssertionError("a stream ends with the whole reply")


class Pipe:
    """A script: answers on standard output, all else on standard error."""

    def __init__(self) -> None:
        self.code = 0
        self._between = ""
        if isinstance(sys.stdin, io.TextIOWrapper):
            cast("io.TextIOWrapper[Any]", sys.stdin).reconfigure(encoding="utf-8-sig", errors="replace")

    def greet(self, words: str) -> None:
        """A script knows whom it called."""

    def note(self, words: str) -> None:
        typer.echo(words, err=True)

    def complain(self, words: str) -> None:
        self.code = 1
        typer.echo(words, err=True)

    async def read(self) -> str | None:
        line = await asyncio.to_thread(sys.stdin.readline)
        return line.strip() if line else None

    async def listen(self, answer: Coroutine[None, None, None]) -> None:
        await answer

    async def show(self, parts: AsyncGenerator[str | Completion]) -> Completion:
        async for part in parts:
            if isinstance(part, Completion):
                typer.echo(f"{self._between}{part.text}")
                self._between = "\n"
                return part
        raise AssertionError("a stream ends with the whole reply")
