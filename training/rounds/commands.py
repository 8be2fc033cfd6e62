"""``python -m training round …`` and ``worker``."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from loguru import logger
from rich.console import Console
from rich.markdown import Markdown

from paper.rounds.facts import facts_of
from paper.rounds.markdown import markdown
from store import rounds
from training.locking import alone
from training.progress import silent
from training.releases import commands as releases
from training.rounds import tools
from training.rounds.collecting import collect
from training.rounds.desk import Desk, Told, mistakes_told, opened, run
from training.rounds.policy import NotAllowed
from training.rounds.preview import preview
from training.rounds.runner import worker_name
from training.rounds.steps import STEPS
from training.rounds.waking import wake
from training.rounds.watching import history, watch
from training.rounds.worker import AlreadyRunning, Worker

app = typer.Typer(help="训练轮次：预览、开始、状态、取消、继续、上线、历史", no_args_is_help=True, add_completion=False)

Json = Annotated[bool, typer.Option("--json", help="每行一个 JSON，给别的程序看")]
Number = Annotated[int | None, typer.Argument(help="第几轮；不写就是最新的", min=1)]
By = Annotated[str, typer.Option(help="谁要做的")]
_LOCAL = "terminal:local"
_PIPE_WIDTH = 160


@app.command("preview", help="这一轮会学什么、要多久")
def preview_round(as_json: Json = False) -> None:
    run(preview, as_json=as_json)


@app.command("start", help="开一轮")
def start(
    note: Annotated[str, typer.Option(help="备注")] = "",
    by: By = _LOCAL,
    account: Annotated[str, typer.Option(help="从哪个机器人账号来的，结果告诉那里")] = "",
    member: Annotated[str, typer.Option()] = "",
    group: Annotated[str, typer.Option()] = "",
    scheduled: Annotated[bool, typer.Option("--scheduled", help="新纠错攒够 threshold 条才开，适合写进 cron")] = False,
    as_json: Json = False,
) -> None:
    async def work(desk: Desk) -> str | Told:
        if scheduled and (reason := await desk.policy.why_not_yet()):
            return Told(f"先不开：{reason}。", {"reason": reason})
        where = {"account": account, "member_id": member, "group_id": group or None}
        said = note.strip()[:500] or ("按计划" if scheduled else "")
        row, text = await desk.policy.start(by, said, where)
        _wake(desk, waits=row.status == "queued")
        return text

    run(work, as_json=as_json)


@app.command("approve", help="第二位超级用户同意")
def approve(number: Annotated[int, typer.Argument(min=1)], by: By = _LOCAL, as_json: Json = False) -> None:
    async def work(desk: Desk) -> str:
        text = await desk.policy.approve(number, by)
        _wake(desk)
        return text

    run(work, as_json=as_json)


@app.command("cancel", help="停下来，做完的步骤留着")
def cancel(number: Number = None, as_json: Json = False) -> None:
    run(lambda desk: desk.policy.cancel(number), as_json=as_json)


@app.command("resume", help="从断的地方接着做")
def resume(number: Number = None, as_json: Json = False) -> None:
    async def work(desk: Desk) -> str:
        text = await desk.policy.resume(number)
        _wake(desk)
        return text

    run(work, as_json=as_json)


app.command("promote", help="让这一轮的模型成为当前模型")(releases.promote)


@app.command("show", help="一轮的模型卡")
def show(number: Annotated[int, typer.Argument(min=1)]) -> None:
    cards: list[str] = []

    async def work(desk: Desk) -> str:
        card = desk.policy.folder(number).card
        if card.is_file():
            cards.append(card.read_text(encoding="utf-8"))
            return str(card)
        # Its folder is gone, or on another machine: the database has what the card was made from.
        async with desk.sessions() as session:
            row = await rounds.get(session, number)
            steps = await rounds.steps(session, number)
        if row is None:
            raise NotAllowed(f"没有第 {number} 轮。")
        facts = facts_of(row, steps)
        if not facts.judged:
            raise NotAllowed(f"第 {number} 轮还没有模型卡，评测完才有。")
        cards.append(markdown(facts))
        return f"第 {number} 轮的文件夹不在这台机器上，按数据库里的记录："

    run(work, as_json=False)
    Console().print(Markdown(cards[0]))


@app.command("status", help="做到哪一步、还要多久；--follow 一直看到结束")
def status(
    number: Annotated[int | None, typer.Argument(help="第几轮；不写就是正在做的，没有就是最新的", min=1)] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="一直看到这一轮结束")] = False,
) -> None:
    async def work() -> None:
        async with opened(silent) as desk:
            await watch(desk.sessions, number, Console(), follow=follow)

    with mistakes_told():
        try:
            asyncio.run(work())
        except KeyboardInterrupt:
            # Nobody wants to watch any longer; the round goes on.
            raise typer.Exit(130) from None


@app.command("history", help="做过的轮次")
def show_history(
    count: Annotated[int, typer.Option("--count", "-n", help="最多几轮", min=1, max=10_000)] = 20,
) -> None:
    async def work() -> None:
        async with opened(silent) as desk, desk.sessions() as session:
            found = await rounds.latest(session, count)
        console = Console()
        if not found:
            console.print("还没有训练过。")
            return
        # A pipe has no width of its own.
        console.print(history(found), width=None if console.is_terminal else _PIPE_WIDTH)

    with mistakes_told():
        asyncio.run(work())


@app.command("gc", help="清理旧轮次的模型和检查点")
def gc(as_json: Json = False) -> None:
    run(collect, as_json=as_json)


@app.command("wake", help="有轮次在等就启动训练进程")
def wake_worker(as_json: Json = False) -> None:
    async def work(desk: Desk) -> str:
        _wake(desk)
        return "好。"

    run(work, as_json=as_json)


def worker(
    idle_limit: Annotated[float | None, typer.Option(help="闲多少秒就退出；不写就一直等")] = None,
) -> None:
    """Exit codes: 0 stopped or idle, 1 another worker serves this GPU."""
    try:
        asyncio.run(_work(idle_limit))
    except AlreadyRunning as error:
        Console(stderr=True).print(str(error))
        raise typer.Exit(1) from error


async def _work(idle_limit: float | None) -> None:
    logger.remove()
    logger.add(sys.stderr, level="INFO", format="{time:MM-DD HH:mm:ss} {level: <7} {message}")
    async with opened(silent) as desk:
        device = desk.config.rounds.device
        with alone(desk.home / "data" / f"worker-{device}.lock", AlreadyRunning("这块显卡的训练进程已经在跑了。")):
            made = Worker(
                desk.sessions,
                home=desk.home,
                rounds_folder=(desk.home / desk.config.rounds.folder).resolve(),
                gpu=f"{worker_name().partition(':')[0]}/{'cpu' if tools.on_cpu(desk.config) else device}",
                steps=STEPS,
                commit=_commit(),
            )
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, made.stop)
            if idle_limit is None:
                logger.info("训练进程在等排队的轮次，按 Ctrl+C 停下。")
            await made.run(idle_limit_s=idle_limit, tell=logger.info)


def _wake(desk: Desk, *, waits: bool = True) -> None:
    if waits and desk.config.rounds.worker == "local":
        wake(desk.home)


def _commit() -> str:
    """Of the program's own repository; empty where it is none."""
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - from PATH
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip()
