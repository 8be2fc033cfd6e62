"""``gongkao model check``: whether a model folder can be served here, told without starting it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

import settings
from inference.serving.config import ServingConfig
from inference.serving.inspection import Report, in_gib, in_words
from settings import SettingsError
from training.releases.errors import NotFit
from training.releases.machine import SHARE, Machine
from training.releases.serving import Engine

app = typer.Typer(help="模型文件夹：能不能起服务", no_args_is_help=True, add_completion=False)


@app.command("check", help="看一个模型文件夹能不能起服务：架构、量化、对话格式、显存。能退出码 0，不能 2")
def check(
    folder: Annotated[Path, typer.Argument(help="Hugging Face 格式的模型文件夹")],
    engine: Annotated[Engine | None, typer.Option(help="不写就按 bot.toml 的 [serving]")] = None,
) -> None:
    try:
        read = settings.load()
        config = read.table("serving", ServingConfig)
        if engine is not None:
            config = config.model_copy(update={"engine": engine.value})
        machine = Machine(config, Path(sys.executable), read.home, None)
        alone = not machine.running()
        report = machine.check(folder.expanduser().resolve(), alone=alone)
    except (SettingsError, NotFit) as error:
        typer.secho(str(error), err=True, fg="red")
        raise typer.Exit(2) from error
    for line in _lines(machine, report, alone=alone):
        typer.echo(line)


def _lines(machine: Machine, report: Report, *, alone: bool) -> Iterator[str]:
    config = machine.config
    on_cpu = config.engine == "transformers"
    free = None if on_cpu else min(machine.free_mib(), default=None)
    yield from in_words(report, gpu_mib=free if alone else None, cache_share=config.cache_share or SHARE)
    if on_cpu:
        needed, available = machine.memory_mib(report)
        yield f"内存约要 {in_gib(needed)}，现在空着 {in_gib(available)}（计算值）"
    elif free is None:
        yield "没有找到可用的 NVIDIA 显卡（nvidia-smi 不可用），显存够不够没有看。"
    if not alone:
        beside = machine.room(report, serving=True).beside
        yield f"在正在服务的模型旁边{'放得下，换模型不停' if beside else '放不下，换模型时要先停旧的'}。"
    yield "可以起服务。"
