"""``gongkao dataset``: the hand-made way lives here; building is the training package's, run as a process of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import dataset_files
from bot.cli.bank import opened
from bot.cli.console import fail, load_settings
from bot.cli.training import run

app = typer.Typer(help="训练集：拆分、转换、构建、比较", no_args_is_help=True, add_completion=False)
dataset_files.register(app)

_BUILDERS = {
    "build": "构建一版训练集；没有新东西就不留新版",
    "list": "有哪几版，哪一轮用了",
    "show": "一版的清单",
    "diff": "两版差在哪里",
    "sample": "随便看几条",
    "check": "核对文件，再查一遍泄漏",
    "assign": "登记哪一轮用了哪一版",
    "paraphrase": "请模型换问法，答案一致才收",
}


def _hand_over(name: str, words: str) -> None:
    # --help is the other program's to answer.
    @app.command(
        name,
        help=words,
        add_help_option=False,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def command(context: typer.Context) -> None:
        raise typer.Exit(run("dataset", name, *context.args))


for _name, _words in _BUILDERS.items():
    _hand_over(_name, _words)


@app.command("stats", help="一版的数量，表和条形图；--plot 另存成图片")
def stats(
    version: Annotated[str, typer.Argument(help="版本，例如 v0003；不写就是最新的")] = "",
    plot: Annotated[Path | None, typer.Option(help="图写到这个 PNG 文件")] = None,
    force: Annotated[bool, typer.Option("--force", help="图已经在了也覆盖")] = False,
) -> None:
    if plot is not None and plot.suffix.lower() != ".png":
        fail("--plot 要写到 .png 文件")
    code = run("dataset", "stats", *([version] if version else []))
    if code == 0 and plot is not None:
        asyncio.run(_draw(version, plot, force=force))
        typer.echo(f"图在 {plot}")
    raise typer.Exit(code)


async def _draw(version: str, plot: Path, *, force: bool) -> None:
    from bot.services.datasets.plot import NoSuchVersion, draw, find
    from bot.services.exporting import ExportFailed

    async with opened(load_settings()) as sessions:
        try:
            draw(await find(sessions, version), plot, force=force)
        except (NoSuchVersion, ExportFailed) as error:
            fail(str(error))
