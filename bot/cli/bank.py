"""``gongkao bank``: looking after the question bank."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.console import fail, load_settings, run_async
from local_time import today
from settings import Settings

if TYPE_CHECKING:
    from bot.services.exporting import Exported, Format, Wanted
    from bot.services.lint import LintReport
    from store.bank_reading import Selection
    from store.db import Sessions

app = typer.Typer(help="题库：导出、体检、导入过什么、撤销导入", no_args_is_help=True)

_KINDS = {"单选": "single", "多选": "multiple", "判断": "judge", "简答": "short"}
_UNSORTED = "未分类"
_LEFT_OUT = {"unanswered": "没有答案的（要导出加 --include-unanswered）", "disputed": "有争议的"}

Categories = Annotated[list[str] | None, typer.Option("--category", help="只要这一类，可以写几次")]


@app.command("export", help="导出题库：xlsx、jsonl、Anki 卡片（apkg）、练习卷（docx、pdf，答案另存一份）")
def export(
    out: Annotated[Path, typer.Argument(help="写到哪个文件")],
    form: Annotated[str | None, typer.Option("--format", help="默认看扩展名")] = None,
    category: Categories = None,
    source: Annotated[list[str] | None, typer.Option(help="只要这个出处，可以写几次")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="只要这个题型：单选、多选、判断、简答，可以写几次")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="随机抽几题")] = None,
    seed: Annotated[int | None, typer.Option(help="抽题的种子，同一个种子抽出同样的题")] = None,
    include_unanswered: Annotated[bool, typer.Option("--include-unanswered", help="没有答案的题也要")] = False,
    title: Annotated[str | None, typer.Option(help="卷子的标题，或 Anki 牌组的名字")] = None,
    force: Annotated[bool, typer.Option("--force", help="文件已经在了也覆盖")] = False,
) -> None:
    """Exit codes: 0 written, 1 not."""
    from bot.services.exporting import Wanted
    from store.bank_reading import Selection

    known = _format(out, form)
    if seed is not None and count is None:
        fail("--seed 要和 --count 一起用")
    selection = Selection(
        _categories(category),
        tuple(source or ()),
        tuple(_kind(name) for name in kind or ()),
        ("active", "unanswered") if include_unanswered else ("active",),
    )
    drawn = seed if seed is not None else secrets.randbelow(1_000_000)
    name = title or ("公考常识练习卷" if known in ("docx", "pdf") else "公考常识题库")
    done = run_async(_export(load_settings(), out, known, Wanted(selection, name, count, drawn), force=force))
    typer.echo(f"写好了 {'、'.join(str(path) for path in done.files)}：{done.count} 题")
    if count is not None:
        if done.count < count:
            typer.echo(f"符合条件的一共 {done.count} 题，不够 {count} 题")
        elif seed is None:
            typer.echo(f"要再抽到同样的题，加 --seed {drawn}")
    for status, words in _LEFT_OUT.items():
        if number := done.left_out.get(status):
            typer.echo(f"{words}有 {number} 题，没有导出")


@app.command("lint", help="给题库体检：到期、残缺、重复、矛盾、露馅的题；只报告，不改题库")
def lint(
    category: Categories = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON，给脚本用")] = False,
    plot: Annotated[Path | None, typer.Option(help="把题库构成画成图，写到这个 PNG 文件")] = None,
    force: Annotated[bool, typer.Option("--force", help="图已经在了也覆盖")] = False,
) -> None:
    """Exit codes: 0 nothing or hints only, 1 something is wrong with a question, or nothing works."""
    from rich.console import Console

    from bot.cli import bank_lint

    if plot is not None and plot.suffix.lower() != ".png":
        fail("--plot 要写到 .png 文件")
    day = today()
    report = run_async(_lint(load_settings(), _categories(category), day))
    if plot is not None:
        from bot.services.exporting import ExportFailed
        from bot.services.lint.picture import draw

        try:
            draw(report, day, plot, force=force)
        except ExportFailed as error:
            fail(str(error))
    if as_json:
        typer.echo(bank_lint.as_json(report))
    else:
        bank_lint.show(report, Console())
    raise typer.Exit(1 if report.has_errors else 0)


async def _export(settings: Settings, out: Path, form: Format, wanted: Wanted, *, force: bool) -> Exported:
    from bot.cli.progress import progress_bar
    from bot.services.exporting import ExportFailed, ExportService

    async with opened(settings) as sessions:
        if wanted.selection.categories:
            await _check_categories(sessions, wanted.selection)
        with progress_bar() as bar:
            task = bar.add_task("导出", total=None)
            try:
                return await ExportService(sessions).export(
                    out,
                    form,
                    wanted,
                    force=force,
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                )
            except ExportFailed as error:
                bar.stop()
                fail(str(error))


async def _lint(settings: Settings, categories: tuple[str, ...], today: date) -> LintReport:
    from bot.cli.progress import progress_bar
    from bot.services.lint import LintService
    from store.bank_reading import Selection

    async with opened(settings) as sessions:
        if categories:
            await _check_categories(sessions, Selection(categories, statuses=()))
        with progress_bar() as bar:
            task = bar.add_task("逐题检查", total=None)
            return await LintService(sessions).lint(
                today,
                categories=categories,
                progress=lambda stage, done, total: bar.update(task, description=stage, completed=done, total=total),
            )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncGenerator[Sessions]:
    """Sessions on the configured database, migrated first; ends the command where there is none."""
    from migrations import UnknownRevision, ensure_schema
    from store.config import StoreConfig, database_url
    from store.db import open_engine, open_sessions

    config = settings.table("store", StoreConfig)
    url = database_url(config, settings.home)
    if _is_missing(url):
        fail("还没有题库；先运行 gongkao run（会装入自带题库）或 gongkao import")
    try:
        await ensure_schema(url, config)
    except UnknownRevision as error:
        fail(str(error))
    engine = open_engine(url, config)
    try:
        yield open_sessions(engine)
    finally:
        await engine.dispose()


def _is_missing(url: str) -> bool:
    """Whether *url* names a SQLite file that opening would create."""
    return url.startswith("sqlite") and not Path(url.partition(":///")[2]).exists()


async def _check_categories(sessions: Sessions, selection: Selection) -> None:
    from store.bank_reading import categories

    known = await categories(sessions)
    for name in selection.categories:
        if name not in known:
            shown = "、".join(word or _UNSORTED for word in known[:20])
            fail(f"题库里没有“{name or _UNSORTED}”这一类" + (f"，有的是：{shown}" if shown else ""))


def _format(out: Path, form: str | None) -> Format:
    from bot.services.exporting import FORMATS

    named = (form or out.suffix.removeprefix(".")).lower()
    found: Format | None = next((known for known in FORMATS if named == known), None)
    if found is None:
        what = f"不认识的格式 {named}" if named else "看不出要什么格式"
        fail(f"{what}；可用的有 {'、'.join(FORMATS)}，写成扩展名或 --format")
    return found


def _categories(named: list[str] | None) -> tuple[str, ...]:
    return tuple("" if name == _UNSORTED else name for name in named or ())


def _kind(name: str) -> str:
    code = _KINDS.get(name.removesuffix("题"), name)
    if code not in _KINDS.values():
        fail(f"不认识的题型 {name}；可用的有 {'、'.join(_KINDS)}")
    return code
