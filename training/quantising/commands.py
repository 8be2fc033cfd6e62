"""``python -m training quantise``: a model folder in 4 bit, without a round."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from paper.rounds.words import size
from settings import SettingsError
from settings import load as load_settings
from training.config import TrainingConfig
from training.progress import Report, emit, shown
from training.quantising.errors import Broken, Cancelled, NotReady, QuantisingError
from training.quantising.running import Means, Quantised, quantise
from training.quantising.settings import QuantisingSettings
from training.rounds import tools
from training.rounds.errors import StepFailed

_TRAIN = "train.jsonl"


def command(
    model: Annotated[Path, typer.Argument(help="要量化的模型文件夹", metavar="MODEL")],
    out: Annotated[Path, typer.Argument(help="写到哪个新文件夹", metavar="OUT")],
    questions: Annotated[
        Path | None, typer.Option(help="校准题：每行一段对话，或排好版的一段文字", metavar="JSONL")
    ] = None,
    dataset: Annotated[Path | None, typer.Option(help="用这一版训练集的题来校准", metavar="FOLDER")] = None,
    python: Annotated[
        Path | None, typer.Option(help="用这个 Python（已装好 LMDeploy），默认 gongkao serve 装的", metavar="PATH")
    ] = None,
    device: Annotated[str | None, typer.Option(help="用第几块显卡，默认由 CUDA_VISIBLE_DEVICES 定")] = None,
    samples: Annotated[int | None, typer.Option(min=1, max=4096, help="校准用几段，默认看 bot.toml")] = None,
    window: Annotated[int | None, typer.Option(min=64, max=32_768, help="一段多少 token，默认看 bot.toml")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, max=256, help="一次过几段，默认看 bot.toml")] = None,
    search_scale: Annotated[bool | None, typer.Option(help="逐层找最好的缩放，慢很多")] = None,
    trust_code: Annotated[bool, typer.Option("--trust-code", help="允许运行模型文件夹里自带的代码")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="每行一个 JSON，给别的程序看")] = False,
) -> None:
    given = {"samples": samples, "window": window, "batch_size": batch_size, "search_scale": search_scale}

    async def work(report: Report) -> Quantised:
        read = load_settings()
        config = read.table("training", TrainingConfig)
        folder, target = _whole(model), _whole(out)
        source = _source(questions, dataset)
        _check_target(folder, target)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        means = Means(
            _python(python, config, read.home),
            _settings(config.quantising, given),
            target.with_name(f"{target.name}.log"),
            stop,
            env={} if device is None else {"CUDA_VISIBLE_DEVICES": device},
            trust_code=trust_code,
            report=report,
        )
        return await quantise(folder, source, target, means)

    try:
        with shown(as_json=as_json) as report:
            done = asyncio.run(work(report))
    except (QuantisingError, SettingsError) as error:
        if as_json:
            kind = error.failure.kind if isinstance(error, Broken) else type(error).__name__
            emit({"error": kind, "message": str(error)})
        else:
            Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(130 if isinstance(error, Cancelled) else 1) from error
    if as_json:
        emit({"result": done.figures() | {"folder": str(done.folder)}})
        return
    typer.echo(
        f"做好了 {done.folder}：{size(done.bytes_before)} → {size(done.bytes_after)}，"
        f"用了 {done.samples} 条校准题、{done.seconds:.0f} 秒。\n起服务：gongkao serve {done.folder}"
    )


def _source(questions: Path | None, dataset: Path | None) -> Path:
    if (questions is None) == (dataset is None):
        raise NotReady("校准题从哪里来：--questions 文件 和 --dataset 训练集文件夹，写其中一个。")
    if questions is not None:
        return _whole(questions)
    assert dataset is not None
    file = _whole(dataset) / _TRAIN
    if not file.is_file():
        raise NotReady(f"{dataset} 不是训练集文件夹：里面没有 {_TRAIN}。")
    return file


def _check_target(model: Path, out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise NotReady(f"{out} 已经有东西了，请换一个新文件夹。")
    if out.is_relative_to(model):
        raise NotReady(f"{out} 在原来的模型文件夹里面，请换一个地方。")


def _python(given: Path | None, config: TrainingConfig, home: Path) -> Path:
    if given is None:
        try:
            return tools.quantiser(config, home)
        except StepFailed as error:
            raise NotReady(f"{error}已有装好的用 --python 指定。") from error
    # Not resolved: a virtual environment is known by the path of its link.
    found = given.expanduser().absolute()
    if not found.is_file():
        raise NotReady(f"找不到 {found}。")
    return found


def _settings(settings: QuantisingSettings, given: dict[str, int | bool | None]) -> QuantisingSettings:
    return settings.model_copy(update={key: value for key, value in given.items() if value is not None})


def _whole(path: Path) -> Path:
    return path.expanduser().resolve()
