"""``python -m training release …`` and ``serve``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from local_time import local
from paper.releases.words import STATUS, named
from store.models import Release
from training.progress import silent
from training.releases.comparing import ComparingPolicy
from training.releases.policy import ReleasePolicy
from training.rounds.aliases import Aliases
from training.rounds.desk import Desk, mistakes_told, opened, run

app = typer.Typer(help="哪一轮的模型在服务：上线、换回、对比、现状、历史", no_args_is_help=True, add_completion=False)

Json = Annotated[bool, typer.Option("--json", help="每行一个 JSON，给别的程序看")]
By = Annotated[str, typer.Option(help="谁要做的")]
Account = Annotated[str, typer.Option(help="从哪个机器人账号来的，结果告诉那里")]
_LOCAL = "terminal:local"
KIND = {"promote": "上线", "folder": "上线", "rollback": "换回", "rescue": "自动换回", "restart": "重新启动"}


def policy(desk: Desk) -> ReleasePolicy:
    return ReleasePolicy(desk.sessions, Aliases(desk.policy.models))


def comparing(desk: Desk) -> ComparingPolicy:
    return ComparingPolicy(desk.sessions, desk.policy)


@app.command("promote", help="让一轮的模型上线")
def promote(
    number: Annotated[int, typer.Argument(help="第几轮", min=1)],
    force: Annotated[bool, typer.Option("--force", help="没过门槛也上，要两个人")] = False,
    by: By = _LOCAL,
    account: Account = "",
    member: Annotated[str, typer.Option()] = "",
    group: Annotated[str, typer.Option()] = "",
    as_json: Json = False,
) -> None:
    where = {"account": account, "member_id": member, "group_id": group or None}
    run(lambda desk: desk.policy.promote(number, by, force=force, where=where), as_json=as_json)


@app.command("rollback", help="换回上一个模型")
def rollback(
    by: By = _LOCAL,
    account: Account = "",
    member: Annotated[str, typer.Option()] = "",
    group: Annotated[str, typer.Option()] = "",
    as_json: Json = False,
) -> None:
    where = {"account": account, "member_id": member, "group_id": group or None}
    run(lambda desk: policy(desk).roll_back(by, where), as_json=as_json)


@app.command("compare", help="让一轮的模型站到正在服务的旁边，两边答同样的题")
def compare(
    number: Annotated[int, typer.Argument(help="第几轮；没过门槛的也行", min=1)],
    minutes: Annotated[int, typer.Option(min=1, help="起来以后留多少分钟；最长 24 小时，盲评 30 天")] = 30,
    votes: Annotated[bool, typer.Option("--votes", help="盲评：参加的群看到两个回答，一起投票")] = False,
    by: By = _LOCAL,
    account: Account = "",
    member: Annotated[str, typer.Option()] = "",
    group: Annotated[str, typer.Option()] = "",
    as_json: Json = False,
) -> None:
    # Whoever asks follows the row: nobody is told in a chat afterwards.
    del account, member, group
    run(lambda desk: comparing(desk).compare(number, by, minutes=minutes, votes=votes), as_json=as_json)


@app.command("choices", help="哪些轮次的模型还在，可以拿来对比")
def choices(as_json: Json = False) -> None:
    run(lambda desk: comparing(desk).choices(), as_json=as_json)


@app.command("dismiss", help="撤下旁边的那一轮")
def dismiss(
    by: By = _LOCAL,
    account: Account = "",
    member: Annotated[str, typer.Option()] = "",
    group: Annotated[str, typer.Option()] = "",
    as_json: Json = False,
) -> None:
    del by, account, member, group
    run(lambda desk: comparing(desk).dismiss(), as_json=as_json)


@app.command("status", help="现在哪个模型在服务")
def status(as_json: Json = False) -> None:
    run(lambda desk: policy(desk).status(), as_json=as_json)


@app.command("history", help="哪个模型什么时候服务过")
def history(count: Annotated[int, typer.Option("--count", "-n", min=1, max=10_000)] = 20) -> None:
    async def work() -> None:
        async with opened(silent) as desk:
            rows = await policy(desk).history(count)
        Console().print(_table(rows) if rows else "还没有上线过。")

    with mistakes_told():
        asyncio.run(work())


def _table(rows: Sequence[Release]) -> Table:
    table = Table("编号", "模型", "怎么来的", "状态", "从", "到", "说明", box=box.SIMPLE)
    for row in rows:
        moments = [f"{local(one):%m-%d %H:%M:%S}" if one else "" for one in (row.serving_from, row.serving_until)]
        table.add_row(str(row.id), named(row), KIND[row.kind], STATUS[row.status], *moments, row.problem)
    return table
