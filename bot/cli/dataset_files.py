"""``gongkao dataset split`` and ``transform``: question file → worksheet → human edit → data set to train on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.console import fail

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from bot.services.worksheets import Split, Transformed

_FAILED = 2
_REASONS_SHOWN = 8

Force = Annotated[bool, typer.Option("--force", help="文件已经在了也覆盖")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON，给脚本用")]


def register(app: typer.Typer) -> None:
    """Add both commands to *app*."""
    app.command("split", help="把题库文件（docx 等）拆成可以改的表格：题目、没读懂的、其他行")(split)
    app.command("transform", help="把改好的表格变成训练用的 jsonl（XTuner），另写一份逐行报告")(transform)


def split(
    file: Annotated[Path, typer.Argument(help="docx、xlsx、xls、csv、txt、md、pdf、json、jsonl")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到哪个 xlsx；默认和原文件同名")] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Exit codes: 0 written, 2 not."""
    from rich.console import Console

    from bot.services.exporting.drafts import ExportFailed
    from bot.services.importing.rows import UnreadableFile
    from bot.services.worksheets import split_file

    default = f"{file.stem}-题目.xlsx" if file.suffix.lower() == ".xlsx" else f"{file.stem}.xlsx"
    try:
        with Console(stderr=True).status("拆题"):
            done = split_file(file, out or file.with_name(default), force=force)
    except UnreadableFile as error:
        fail(f"{file}：{error}", _FAILED)
    except ExportFailed as error:
        fail(str(error), _FAILED)
    if as_json:
        typer.echo(json.dumps(_split_as_dict(done), ensure_ascii=False))
    else:
        _show_split(done)


def transform(
    file: Annotated[Path, typer.Argument(help="改好的 xlsx")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="写到哪个 jsonl；默认和表格同名")] = None,
    system: Annotated[str | None, typer.Option(help="换成这句系统提示词；默认是机器人答题时用的")] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Exit codes: 0 all rows written, 1 some have problems, 2 nothing written."""
    from rich.console import Console

    from bot.services.exporting.drafts import ExportFailed
    from bot.services.importing.rows import UnreadableFile
    from bot.services.worksheets import transform_file

    try:
        with Console(stderr=True).status("转换"):
            done = transform_file(file, out or file.with_suffix(".jsonl"), system=system, force=force)
    except UnreadableFile as error:
        fail(f"{file}：{error}", _FAILED)
    except ExportFailed as error:
        fail(str(error), _FAILED)
    if as_json:
        typer.echo(json.dumps(_transformed_as_dict(done), ensure_ascii=False))
    else:
        _show_transformed(done)
    raise typer.Exit(1 if done.problems else 0)


def _split_as_dict(done: Split) -> dict[str, object]:
    return {
        "file": str(done.file),
        "out": str(done.out),
        "questions": done.questions,
        "kinds": dict(done.kinds),
        "unanswered": done.unanswered,
        "unread": done.unread.total(),
        "reasons": dict(done.unread.most_common()),
        "other_lines": done.other_lines,
        "replaced": done.replaced,
        "layouts": done.layouts,
    }


def _transformed_as_dict(done: Transformed) -> dict[str, object]:
    return {
        "file": str(done.file),
        "out": str(done.out),
        "report": str(done.report),
        "sheet": done.sheet,
        "rows": done.rows,
        "written": done.written,
        "problems": done.problems,
        "empty": done.empty,
        "notes": done.notes,
        "kinds": dict(done.kinds),
        "reasons": dict(done.reasons.most_common()),
        "unused_columns": done.unused_columns,
        "unread_sheets": done.unread_sheets,
    }


def _show_split(done: Split) -> None:
    from bot.services.worksheets.names import KINDS

    table = _table(done.file.name)
    table.add_row("题目", str(done.questions), _by_kind(done.kinds, KINDS))
    if done.unanswered:
        table.add_row("其中没有答案", str(done.unanswered), "补上答案才能用来训练")
    table.add_row("没读懂", str(done.unread.total()), "像题目、分不清的，在“没读懂”里")
    _add_reasons(table, done.unread.most_common())
    table.add_row("其他行", str(done.other_lines), "标题一类，在“其他行”里")
    if done.replaced:
        table.add_row("换过字符", str(done.replaced), "表格放不下的字符，见备注列")
    console = _console()
    console.print(table)
    for layout in done.layouts:
        console.print(layout)
    console.print(f"写好了 {done.out}。改好后运行 gongkao dataset transform", soft_wrap=True)


def _show_transformed(done: Transformed) -> None:
    from bot.services.worksheets.names import KINDS

    table = _table(f"{done.file.name}：{done.sheet}")
    table.add_row("写入", str(done.written), _by_kind(done.kinds, KINDS))
    if done.notes:
        table.add_row("其中请看一眼", str(done.notes), "原因在报告里")
    table.add_row("有问题", str(done.problems), "没有写入" if done.problems else "")
    _add_reasons(table, done.reasons.most_common())
    table.add_row("空行", str(done.empty), "")
    table.add_row("合计", str(done.rows), "")
    console = _console()
    console.print(table)
    if done.unused_columns:
        console.print(f"没有用的列：{'、'.join(done.unused_columns)}")
    for title, rows in done.unread_sheets.items():
        console.print(f"工作表“{title}”有 {rows} 行，没有读；里面的题目请抄到“{done.sheet}”")
    console.print(f"写好了 {done.out}，逐行报告在 {done.report}", soft_wrap=True)


def _console() -> Console:
    from rich.console import Console

    # File names and reasons hold [brackets] of their own.
    return Console(markup=False, highlight=False)


def _table(title: str) -> Table:
    from rich.table import Table

    table = Table("", "数量", "说明", title=title, title_justify="left", show_header=False)
    table.columns[1].justify = "right"
    return table


def _by_kind(counts: dict[str, int], words: dict[str, str]) -> str:
    return "，".join(f"{word} {counts[kind]}" for kind, word in words.items() if counts.get(kind))


def _add_reasons(table: Table, reasons: list[tuple[str, int]]) -> None:
    for reason, count in reasons[:_REASONS_SHOWN]:
        table.add_row("", str(count), f"· {reason}")
    if len(reasons) > _REASONS_SHOWN:
        rest = sum(count for _, count in reasons[_REASONS_SHOWN:])
        table.add_row("", str(rest), "· 其余原因")
