"""``gongkao serve``: the keeper in front of a terminal or behind it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from loguru import logger
from typer.core import TyperCommand

import settings
from inference.serving.config import ServingConfig
from inference.serving.environment import EnvironmentFailed
from inference.serving.log import ServingLog
from settings import SettingsError, secret
from store import releases
from training.locking import alone
from training.progress import silent
from training.releases.errors import AlreadyServing, NotFit, NothingServes
from training.releases.interpreter import check_settings, interpreter
from training.releases.keeper import Keeper
from training.releases.ledger import Ledger
from training.releases.machine import LOGS, Machine
from training.releases.places import Places
from training.rounds.desk import Desk, mistakes_told, opened

_LOCK = Path("data/serving/keeper.lock")
_BEHIND = "GONGKAO_SERVE_BEHIND"
"""Set for the process in the background, whose command line still says that it should go there."""
_STOP_S = 90.0
_DIES_S = 2.0
_LOOK_S = 0.1
_TIDY_S = 5.0


class Engine(StrEnum):
    turbomind = "turbomind"
    transformers = "transformers"


class Command(TyperCommand):
    """What comes after ``--`` is ``extra``, also where no folder comes before it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        at = args.index("--") if "--" in args else len(args)
        left = super().parse_args(ctx, args[:at])
        if ctx.params["extra"]:
            ctx.fail(f"多了 {ctx.params['extra'][0]}。给推理引擎的参数写在 -- 后面。")
        ctx.params["extra"] = args[at + 1 :]
        return left


def serve(
    model_dir: Annotated[
        Path | None,
        typer.Argument(help="Hugging Face 格式的模型文件夹；不写就接着用上次的，或者等 /发布", metavar="[MODEL_DIR]"),
    ] = None,
    extra: Annotated[
        list[str] | None, typer.Argument(help="写在 -- 之后，原样传给推理引擎", metavar="[-- ARGS...]")
    ] = None,
    engine: Annotated[
        Engine | None, typer.Option(help="turbomind 要 NVIDIA 显卡；transformers 用 CPU，只适合小模型试用")
    ] = None,
    host: Annotated[str | None, typer.Option(help="监听地址；本机以外也能连时必须先设 GONGKAO_MODEL_API_KEY")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65534, help="端口；换模型时还用下一个")] = None,
    session_len: Annotated[int | None, typer.Option(min=256, help="一次对话最长多少 token（仅 turbomind）")] = None,
    tp: Annotated[int | None, typer.Option(min=1, help="用几块显卡（仅 turbomind）")] = None,
    python: Annotated[Path | None, typer.Option(help="用这个 Python（已装好引擎），不另建环境", metavar="PATH")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="要下载安装时不再询问")] = False,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="放到后台，关掉终端也继续")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="停下正在服务的，前台后台都行")] = False,
) -> None:
    """启动模型服务并一直看护：死了重启，/发布 时换模型。其余设置在 bot.toml 的 [serving]，这里写了的优先。"""
    given: dict[str, Any] = {
        "engine": engine.value if engine else None,
        "host": host,
        "port": port,
        "session_len": session_len,
        "tp": tp,
        "python": python,
        "extra": tuple(extra) if extra else None,
    }
    try:
        read = settings.load()
        if stop:
            _stop(read.home / _LOCK)
            return
        # Validated anew: what is given here must hold as well.
        base = read.table("serving", ServingConfig).model_dump()
        tables = {"serving": base | {name: value for name, value in given.items() if value is not None}}
        config = settings.Settings(tables, read.home, read.path).table("serving", ServingConfig)
        check_settings(config)
        folder = model_dir.expanduser().resolve() if model_dir else None
        chosen = interpreter(config, read.home, yes=yes)
        machine = Machine(config, chosen, read.home, secret("GONGKAO_MODEL_API_KEY"))
        if folder is not None:
            # Rather now than in the background, where nobody reads it.
            machine.check(folder)
        if detach and _BEHIND not in os.environ:
            _detach(machine.own_log)
            return
        with _alone(read.home / _LOCK):
            _log(read.home)
            asyncio.run(_keep(machine, folder))
    except (
        EnvironmentFailed,
        SettingsError,
        AlreadyServing,
        NotFit,
    ) as error:
        _fail(str(error), 2)
    except NothingServes as error:
        _fail(str(error), 1)


async def _keep(machine: Machine, folder: Path | None) -> None:
    with mistakes_told():
        async with opened(silent) as desk:
            await _refuse_two(desk)
            stopping = asyncio.Event()
            places = Places(machine, desk.config.rounds)
            keeper = Keeper(Ledger(desk.sessions, stopping), machine, places, stopping, tell=_say)
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, keeper.stop)
            first = {"kind": "folder", "model": str(folder), "asked_by": "terminal:local"} if folder else None
            tidying = asyncio.create_task(_tidy(machine.own_log))
            try:
                await keeper.run(first)
            finally:
                tidying.cancel()
            _say("模型服务已停止。")


async def _refuse_two(desk: Desk) -> None:
    async with desk.sessions() as session:
        other = await releases.keeper(session)
    if other is None:
        return
    if other.host != os.uname().nodename:
        raise AlreadyServing(f"{other.host} 上的 gongkao serve 正在服务。一个库只由一台机器看护，先停下那边的。")
    # We have the lock of this folder: whoever kept it before is dead.
    pid = int(other.name.rpartition(":")[2])
    if pid != os.getpid() and _is_keeper(pid):
        raise AlreadyServing(
            f"这台机器上，另一个文件夹的 gongkao serve（进程号 {pid}）正在用同一个数据库服务，先停下那边的。"
        )


def _is_keeper(pid: int) -> bool:
    """Whether the process of that number is a keeper still; the number of a dead one may be anybody's."""
    try:
        return {"training", "serve"} <= set(psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:  # or all that is left of it is its exit code
        return False
    except psutil.AccessDenied:
        return True  # somebody else's; the database heard of it a moment ago


async def _tidy(log: ServingLog) -> None:
    while True:
        log.rotate()
        await asyncio.sleep(_TIDY_S)


def _detach(log: ServingLog) -> None:
    with log.open() as output:
        child = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "training", *sys.argv[1:]],
            env={**os.environ, _BEHIND: "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_DIES_S)
        _fail("没有启动起来：\n" + "\n".join(log.tail[-5:]), child.returncode or 1)
    _say(
        f"在后台运行，进程号 {child.pid}，日志在 {log.path}。\n现状：gongkao release status；停下：gongkao serve --stop"
    )


def _stop(lock: Path) -> None:
    """Return when the process that holds *lock* has ended."""
    try:
        with _alone(lock):
            _say("没有在运行的 gongkao serve。")
            return
    except AlreadyServing:
        keeper = int(lock.read_text())
    os.kill(keeper, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_S
    while _is_keeper(keeper):
        if time.monotonic() > deadline:
            _fail(f"等了 {_STOP_S:.0f} 秒还没停下，看看 {LOGS}。", 1)
        time.sleep(_LOOK_S)
    _say("模型服务已停止。")


def _alone(lock: Path) -> AbstractContextManager[None]:
    """Raises AlreadyServing: another keeper of this machine holds *lock*."""
    taken = "gongkao serve 已经在运行。换模型用 gongkao release promote 轮次，停下用 gongkao serve --stop。"
    return alone(lock, AlreadyServing(taken))


def _log(home: Path) -> None:
    logger.remove()
    logger.add(home / LOGS / "keeper-events.log", level="INFO", rotation="5 MB", retention=3)
    logger.add(sys.stderr, level="WARNING", format="{level}: {message}")


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _fail(sentence: str, code: int) -> None:
    typer.secho(sentence, err=True, fg="red")
    raise typer.Exit(code)
