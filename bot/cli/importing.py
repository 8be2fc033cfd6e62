"""``gongkao import``: question files into the bank, every row accounted for."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.console import fail, load_settings, run_async
from settings import Settings

if TYPE_CHECKING:
    from bot.services.importing.importer import ImportService
    from bot.services.importing.report import Report

_IN_MEMORY = "sqlite+aiosqlite:///:memory:"


def import_file(
    files: Annotated[
        list[Path], typer.Argument(help="docx、xlsx、xls、csv、txt、md、pdf、json、jsonl，或一张题目的照片")
    ],
    key: Annotated[
        Path | None, typer.Option("--key", help="答案另在这个文件里，按题号对上（一次只导一份试卷）")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不问，直接导入")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看结果，什么都不改")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON（一个文件一行），给脚本用")] = False,
    source: Annotated[str | None, typer.Option(help="题目出处，答题时会显示；默认是文件名")] = None,
    report: Annotated[Path | None, typer.Option(help="明细放在哪个文件夹；默认 reports，试运行默认不写")] = None,
) -> None:
    """Exit codes: 0 all files were read (rejected rows included), 1 one could not be, or nothing works."""
    settings = load_settings()
    if key is not None and len(files) != 1:
        fail("--key 只能和一份试卷一起用")
    wish = _Wish(source, key, dry_run, as_json, not (yes or dry_run or as_json) and sys.stdin.isatty())
    folder = report or (None if dry_run else settings.home / "reports")
    readable = run_async(_import_all(settings, files, wish, folder))
    raise typer.Exit(0 if readable else 1)


@dataclass(frozen=True, slots=True)
class _Wish:
    """How the files are to be imported."""

    source: str | None
    key: Path | None
    dry_run: bool
    as_json: bool
    asking: bool
    """A person sits there and can say whether guessed columns are right."""


async def _import_all(settings: Settings, files: list[Path], wish: _Wish, folder: Path | None) -> bool:
    """Import the files in order; whether all of them could be read and reported."""
    from bot.services.importing.rows import UnreadableFile

    fine = True
    async with _service(settings, dry_run=wish.dry_run) as service:
        for file in files:
            try:
                result = await _import_one(service, file, wish)
            except UnreadableFile as error:
                typer.secho(f"{file}：{error}", err=True, fg="red")
                fine = False
                continue
            if result is not None:
                fine = _tell(result, folder, as_json=wish.as_json) and fine
    return fine


async def _import_one(service: ImportService, file: Path, wish: _Wish) -> Report | None:
    """The report of *file*; ``None`` when the person said no to it."""
    if wish.asking:
        preview = await _with_bar(service, file, wish, dry_run=True)
        if preview.guessed and not _confirmed(preview):
            typer.echo(f"{file.name}：没有导入")
            return None
    return await _with_bar(service, file, wish, dry_run=wish.dry_run)


async def _with_bar(service: ImportService, file: Path, wish: _Wish, *, dry_run: bool) -> Report:
    from bot.cli.progress import progress_bar

    with progress_bar() as bar:
        task = bar.add_task("读取", total=None)
        return await service.import_file(
            file,
            key=wish.key,
            source=wish.source,
            dry_run=dry_run,
            progress=lambda stage, done, total: bar.update(task, description=stage, completed=done, total=total),
        )


def _confirmed(preview: Report) -> bool:
    """Whether the person agrees with how the columns were understood."""
    for layout in preview.layouts:
        typer.echo(f"{layout.sheet + '：' if layout.sheet else ''}{layout.text}")
    for row in preview.samples:
        options = "　".join(f"{chr(65 + at)}. {option}" for at, option in enumerate(row.options))
        typer.echo(f"  {row.stem}　{options}　【{row.answer or '没有答案'}】")
    return typer.confirm("是这样吗？", default=True)


@asynccontextmanager
async def _service(settings: Settings, *, dry_run: bool) -> AsyncGenerator[ImportService]:
    """An importer on the configured database, migrated first; a dry run migrates and creates nothing."""
    from bot.services.importing.importer import ImportService
    from bot.services.importing.process import FileReader
    from bot.services.photos.reader import PhotoReader
    from migrations import HEAD, UnknownRevision, ensure_schema, revision
    from store.config import StoreConfig, bank_name, database_url
    from store.db import open_engine, open_sessions
    from store.models import Base
    from store.search import IndexKeeper

    config = settings.table("store", StoreConfig)
    url = database_url(config, settings.home)
    if not dry_run:
        try:
            await ensure_schema(url, config)
        except UnknownRevision as error:
            fail(str(error))
    engine = open_engine(_IN_MEMORY if dry_run and _is_missing(url) else url, config)
    try:
        at = await revision(engine)
        if at is None:
            # Nothing to compare with: an empty bank in memory gives the same counts.
            await engine.dispose()
            engine = open_engine(_IN_MEMORY, config)
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
        elif at != HEAD:
            fail("数据库还没有升级到这个版本，试运行不会改它；请先启动一次机器人再试。")
        sessions = open_sessions(engine)
        folder = None if dry_run else settings.home / config.search_index
        async with PhotoReader(limit_s=60) as photos:
            index = IndexKeeper(sessions, folder, bank_name=bank_name(url))
            # Whoever sits in front of a terminal knows what was given, and can end it.
            files = FileReader(limit_s=1800, max_rss=4_000_000_000, max_read=2_000_000_000)
            yield ImportService(sessions, index, files=files, photos=photos)
    finally:
        await engine.dispose()


def _is_missing(url: str) -> bool:
    """Whether *url* names a SQLite file that opening would create."""
    return url.startswith("sqlite") and not Path(url.partition(":///")[2]).exists()


def _tell(result: Report, folder: Path | None, *, as_json: bool) -> bool:
    """Print the result and write its details; whether they could be written."""
    written: Path | None = None
    problem = ""
    if folder is not None:
        try:
            written = result.write(folder)
        except OSError as error:
            problem = f"明细写不进 {folder}（{error.strerror or type(error).__name__}）"
    if as_json:
        typer.echo(json.dumps(_as_dict(result, written), ensure_ascii=False))
    else:
        typer.echo(_in_words(result, written))
    if problem:
        typer.secho(problem, err=True, fg="red")
    return not problem


def _as_dict(result: Report, written: Path | None) -> dict[str, object]:
    return {
        "file": result.file,
        "dry_run": result.dry_run,
        "rows": result.rows,
        **result.counts,
        "unanswered": result.unanswered,
        "import_id": result.import_id,
        "other_lines": len(result.asides),
        "report": str(written) if written else None,
    }


def _in_words(result: Report, written: Path | None) -> str:
    from bot.services.importing.report import OUTCOMES, WORDS

    lines = [f"{result.file}：{result.rows} 行" + ("（试运行，没有改动题库）" if result.dry_run else "")]
    lines.extend(f"  {layout.sheet + '：' if layout.sheet else ''}{layout.text}" for layout in result.layouts)
    lines.append("  " + "，".join(f"{WORDS[outcome]} {result.counts[outcome]}" for outcome in OUTCOMES))
    if result.unanswered:
        lines.append(f"  新增里有 {result.unanswered} 题没有答案：先存着，不用来答题")
    if result.asides:
        lines.append(f"  另有 {len(result.asides)} 行标题或说明，不算题目")
    if reasons := result.top_reasons("rejected", 3):
        lines.append("  拒绝原因：" + "；".join(f"{reason}（{count} 行）" for reason, count in reasons))
    if result.counts["conflict"]:
        lines.append("  冲突的题两个答案都先不用，等人工裁定")
    if written:
        lines.append(f"  明细：{written}")
    if result.import_id is not None:
        lines.append(f"  想撤销：gongkao bank undo {result.import_id}")
    return "\n".join(lines)
