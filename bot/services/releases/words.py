"""What superusers read about releases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from local_time import local
from paper.releases.words import STATUS, named
from store.models import Release

USAGE = (
    "发布命令（超级用户）：\n"
    "/发布　哪个模型在服务\n"
    "/发布 7　让第 7 轮上线，先启动、试问，没问题才换\n"
    "/回滚　换回上一个模型"
)


def outcome(row: Release, before: Release | None, *, way_back: bool = False) -> str:
    """How *row*, which was to replace *before*, came out; empty for what nobody need be told.

    *way_back*: there is a model to go back to.
    """
    if row.status == "failed":
        return f"{named(row, '没有上线')}：{row.problem}"
    match row.kind:
        case "rescue":
            if before is not None and before.model == row.model:
                # It made way for one that could not start, which was told already.
                return f"已自动换回{named(row)}。"
            because = _clause(str(row.checks.get("because", ""))) or "不行了"
            left = named(before, because) if before is not None else f"原来的模型{because}"
            return f"{left}。已自动换回{named(row)}。"
        case "rollback":
            return f"已换回{named(row)}。"
        case "promote" | "folder":
            return f"{named(row, '上线了')}。{_smoke(row.checks)}{'不对劲就发 /回滚。' if way_back else ''}"
        case _:
            return ""


def history(rows: Sequence[Release]) -> Iterator[str]:
    """The newest releases, a line each."""
    if rows:
        yield "最近的："
    for row in rows:
        moment = row.serving_from or row.asked_at
        why = f"（{row.problem}）" if row.problem else ""
        yield f"{local(moment):%m-%d %H:%M}　{named(row)}　{STATUS[row.status]}{why}"


def _clause(because: str) -> str:
    return because.partition("\n")[0].rstrip("。")


def _smoke(checks: dict[str, Any]) -> str:
    found: dict[str, int] = checks.get("smoke") or {}
    asked, same = found.get("asked"), found.get("same")
    if not asked:
        return ""
    return f"上线前试问 {asked} 题，{'都没问题' if same == asked else f'{same} 题和评测时一样'}。"
