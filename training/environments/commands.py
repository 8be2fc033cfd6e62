"""``python -m training env …``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from inference.serving.environment import EnvironmentFailed, Variant
from settings import SettingsError
from settings import load as load_settings
from training.environments.known import NAMES, Known, detect, find

app = typer.Typer(help="训练和评测用的 Python 环境：装、看、查", no_args_is_help=True, add_completion=False)

Name = Annotated[str, typer.Argument(help=f"哪一个：{'、'.join(NAMES)}", metavar="NAME")]
At = Annotated[Path | None, typer.Option("--at", help="装在这个文件夹，而不是 bot.toml 旁边", metavar="FOLDER")]
Kind = Annotated[str, typer.Option(help="cpu 或 cuda；不写就看有没有显卡", metavar="cpu|cuda")]


@app.command("create", help="装一个环境；断了再运行一次会接着装")
def create(
    name: Name,
    variant: Kind = "",
    at: At = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不再询问")] = False,
) -> None:
    try:
        known = _find(name, variant, at)
        if known.environment.is_complete():
            typer.echo(f"已经装好了：{known.environment.folder}")
            return
        _confirm(known, yes=yes)
        known.environment.create()
    except (EnvironmentFailed, SettingsError) as error:
        _fail(str(error))
    except KeyboardInterrupt:
        _fail("停下了。再运行一次会接着装。", 130)
    typer.echo(f"装好了：{known.environment.folder}")


@app.command("list", help="有哪些环境，装好没有")
def list_all() -> None:
    try:
        home = load_settings().home
    except SettingsError as error:
        _fail(str(error))
    variants: tuple[Variant, ...] = ("cuda", "cpu")
    for name in NAMES:
        made = [find(name, home, variant) for variant in variants]
        ready = next((known for known in made if known.environment.is_complete()), None)
        known = ready or made[0]
        state = "装好了" if ready else "要更新" if known.environment.python.exists() else "没装"
        typer.echo(f"{name}　{state}　{known.holds}　{known.environment.folder}")


@app.command("check", help="装好的环境还能不能用，约 15 秒")
def check(name: Name, at: At = None) -> None:
    try:
        home = load_settings().home
        variants: tuple[Variant, ...] = ("cuda", "cpu")
        made = [find(name, home, variant, at).environment for variant in variants]
    except (EnvironmentFailed, SettingsError) as error:
        _fail(str(error))
    ready = next((environment for environment in made if environment.is_complete()), None)
    if ready is None:
        _fail(f"{made[0].folder} 还没装好。运行：gongkao env create {name}")
    if not ready.is_sound():
        _fail(f"{ready.folder} 坏了（原因见上面）。删掉它，再运行：gongkao env create {name}")
    typer.echo(f"能用：{ready.folder}")


def _find(name: str, variant: str, at: Path | None) -> Known:
    if variant not in ("", "cpu", "cuda"):
        raise EnvironmentFailed(f"--variant 是 cpu 或 cuda，不是 {variant}。")
    kind = variant or (detect() if name == "training" else "cuda")
    return find(name, load_settings().home, kind, at.expanduser().absolute() if at else None)


def _confirm(known: Known, *, yes: bool) -> None:
    made = known.environment
    again = "（以前的没装完，或依赖有更新）" if made.folder.exists() else ""
    typer.echo(
        f"要在 {made.folder} 装 {known.holds}{again}：下载约 {made.download_gb:g} GB，"
        f"请留出约 {made.disk_gb:g} GB 磁盘；网络好的话约 {known.minutes} 分钟。"
    )
    if yes:
        return
    if not sys.stdin.isatty():
        raise EnvironmentFailed("这里没法询问，确定要装请加 --yes。")
    if not typer.confirm("现在安装吗？"):
        raise typer.Exit(1)


def _fail(sentence: str, code: int = 1) -> NoReturn:
    Console(stderr=True).print(sentence, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)
