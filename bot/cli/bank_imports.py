"""``gongkao bank imports | undo | index``: what was imported, taking it back, making the search index anew."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.bank import opened
from bot.cli.console import fail, load_settings, run_async
from local_time import local


def add_to(app: typer.Typer) -> None:
    """Hang the commands on ``gongkao bank``."""
    app.command("imports", help="列出导入过的文件")(imports)
    app.command("undo", help="撤销一次导入；别的文件里也有的题会留下")(undo)
    app.command("index", help="重建相近题的索引（平时不用，机器人会自己跟上）")(index)


def imports(
    most: Annotated[int, typer.Option("--most", min=1, help="最多列几个")] = 20,
    report: Annotated[int | None, typer.Option("--report", help="把这次导入的明细（csv）打印出来")] = None,
) -> None:
    run_async(_imports(most) if report is None else _report(report))


def undo(number: Annotated[int, typer.Argument(help="导入的编号，见 gongkao bank imports")]) -> None:
    run_async(_undo(number))


def index() -> None:
    run_async(_index())


async def _imports(most: int) -> None:
    from rich.console import Console
    from rich.table import Table

    from bot.services.importing.history import ImportHistory
    from bot.services.importing.report import OUTCOMES, WORDS

    async with opened(load_settings()) as sessions:
        batches = await ImportHistory(sessions).latest(most)
    table = Table("编号", "文件", *(WORDS[outcome] for outcome in OUTCOMES), "时间", "")
    for batch in batches:
        counts = [str(batch.counts.get(outcome, 0)) for outcome in OUTCOMES]
        when = local(batch.imported_at).strftime("%Y-%m-%d %H:%M")
        table.add_row(str(batch.id), batch.file_name, *counts, when, "已撤销" if batch.undone_at else "")
    Console().print(table if batches else "还没有导入过文件")


async def _report(number: int) -> None:
    from bot.services.importing.history import ImportHistory

    async with opened(load_settings()) as sessions:
        found = await ImportHistory(sessions).report(number)
    if found is None:
        fail(f"没有编号为 {number} 的导入，或者它没有留下明细")
    typer.echo(gzip.decompress(found[1]).decode("utf-8-sig"), nl=False)


async def _undo(number: int) -> None:
    from bot.services.importing.history import ImportHistory, NotUndoable

    async with opened(load_settings()) as sessions:
        try:
            done = await ImportHistory(sessions).undo(number)
        except NotUndoable as error:
            fail(str(error))
    kept = f"；{done.kept} 题别的文件里也有，留着" if done.kept else ""
    restored = f"；{done.restored} 题恢复成导入前的样子" if done.restored else ""
    typer.echo(f"导入 {number} 已撤销：删去 {done.deleted} 题{kept}{restored}")


async def _index() -> None:
    from bot.cli.progress import progress_bar
    from store.config import StoreConfig, bank_name, database_url
    from store.search import IndexKeeper

    settings = load_settings()
    config = settings.table("store", StoreConfig)
    folder: Path = settings.home / config.search_index
    async with opened(settings) as sessions:
        name = bank_name(database_url(config, settings.home))
        keeper = IndexKeeper(sessions, folder, bank_name=name)
        with progress_bar() as bar:
            task = bar.add_task("建索引", total=None)
            await keeper.catch_up(lambda done, total: bar.update(task, completed=done, total=total), anew=True)
    typer.echo(f"索引里有 {keeper.size} 题")
