"""``python -m training xtuner …``: each step as one command that works on files alone."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from inference.serving.environment import EnvironmentFailed
from inference.serving.gpu import nvidia_gpus
from settings import SettingsError
from settings import load as load_settings
from training.config import TrainingConfig
from training.environments.known import training_python
from training.progress import Report, emit, shown
from training.xtuner import estimating, steps
from training.xtuner.checking import check_base, check_data
from training.xtuner.commands import last_checkpoint
from training.xtuner.errors import Cancelled, NotReady, StepBroken, XtunerError
from training.xtuner.progress import Progress
from training.xtuner.rendering import Wanted, render
from training.xtuner.rendering import steps as count_steps
from training.xtuner.running import Ended
from training.xtuner.settings import XtunerSettings

app = typer.Typer(help="XTuner 的每一步：写配置、训练、转换、合并", no_args_is_help=True, add_completion=False)

T = TypeVar("T")

_FAILURES = (XtunerError, EnvironmentFailed, SettingsError)

Base = Annotated[Path, typer.Option(help="底座模型的文件夹", metavar="FOLDER")]
Data = Annotated[Path, typer.Option(help="训练数据，每行一段对话", metavar="JSONL")]
Config = Annotated[Path, typer.Argument(help="xtuner render 写的配置", metavar="CONFIG")]
Work = Annotated[Path, typer.Option(help="检查点和记录放在哪里", metavar="FOLDER")]
Device = Annotated[bool | None, typer.Option("--cpu/--gpu", help="在哪里跑，默认有显卡就用显卡")]
Json = Annotated[bool, typer.Option("--json", help="每行一个 JSON，给别的程序看")]


@app.command("render", help="按 bot.toml 里的 training.xtuner 写一份 XTuner 配置；看过改过，再拿去训练")
def render_config(
    base: Base,
    data: Data,
    out: Annotated[Path, typer.Option(help="写到哪里", metavar="FILE")] = Path("config.py"),
    title: Annotated[str, typer.Option(help="写在第一行的说明")] = "",
    cpu: Device = None,
) -> None:
    def work() -> str:
        _, settings = _settings()
        on_cpu = not nvidia_gpus() if cpu is None else cpu
        found = check_base(_whole(base), settings, on_cpu=on_cpu)
        told = check_data(_whole(data), found.chat, settings)
        size = estimating.parameters_of(found.config)
        wanted = Wanted(title or data.name, found.folder, told.file, told.rows, found.chat, size, on_cpu=on_cpu)
        out.write_text(render(settings, wanted), encoding="utf-8")
        return f"写好了 {out}：{told.rows} 段对话，{count_steps(settings, told.rows)} 步。"

    typer.echo(_guarded(work))


@app.command("estimate", help="训练大约要多少显存、多久（按公式，不实测）")
def estimate(base: Base, data: Data) -> None:
    def work() -> str:
        _, settings = _settings()
        found = check_base(_whole(base), settings, on_cpu=False)
        told = check_data(_whole(data), found.chat, settings)
        try:
            shape = estimating.shape_of(found.config)
        except (KeyError, ValueError, TypeError) as error:
            raise NotReady(f"{base} 的 config.json 里没有 {error}，估不出来。") from error
        computed = estimating.estimate(
            shape,
            settings,
            rows=told.rows,
            tokens_per_row=told.tokens_per_row,
            steps=count_steps(settings, told.rows),
            card=next(iter(nvidia_gpus()), ""),
        )
        size, trained = _millions(shape.parameters), _millions(computed.trained_parameters)
        return f"{size} 参数，训练其中 {trained}。{computed.sentence()}"

    typer.echo(_guarded(work))


@app.command("train", help="训练；断过就从上一个检查点接着来")
def train(config: Config, work: Work = Path("work"), as_json: Json = False) -> None:
    async def step(means: steps.Means, report: Report) -> dict[str, Any]:
        def tell(now: Progress) -> None:
            report("训练" + (f"，损失 {now.points[-1].loss:.4f}" if now.points else ""), now.done, now.total)

        done = await steps.train(_whole(config), _whole(work), means, tell=tell)
        last = done.progress.points[-1] if done.progress.points else None
        return {
            "checkpoint": str(done.checkpoint),
            "loss": last and last.loss,
            "iterations": done.progress.done,
            **_figures(done.ended),
        }

    _step("train", work, step, as_json=as_json)


@app.command("convert", help="把检查点转成 Hugging Face 格式的适配器（mode = full 时就是模型，不用再合并）")
def convert(
    config: Config,
    out: Annotated[Path, typer.Option(help="适配器放在哪里", metavar="FOLDER")] = Path("adapter"),
    work: Work = Path("work"),
    checkpoint: Annotated[
        Path | None, typer.Option(help="哪一个检查点，默认 --work 里最后一个", metavar="PATH")
    ] = None,
    as_json: Json = False,
) -> None:
    async def step(means: steps.Means, report: Report) -> dict[str, Any]:
        found = _whole(checkpoint) if checkpoint else last_checkpoint(_whole(work))
        if found is None or not found.exists():
            raise NotReady(f"没有检查点可以转换：{checkpoint or work}。先训练。")
        report("转换", 0, 0)
        return {"folder": str(out), **_figures(await steps.convert(_whole(config), found, _whole(out), means))}

    _step("convert", out.parent, step, as_json=as_json)


@app.command("merge", help="把适配器并进底座，得到能直接起服务的模型")
def merge(
    base: Base,
    adapter: Annotated[Path, typer.Option(help="xtuner convert 的结果", metavar="FOLDER")] = Path("adapter"),
    out: Annotated[Path, typer.Option(help="模型放在哪里", metavar="FOLDER")] = Path("model"),
    as_json: Json = False,
) -> None:
    async def step(means: steps.Means, report: Report) -> dict[str, Any]:
        found = check_base(_whole(base), means.settings, on_cpu=False)
        if not (adapter / "adapter_config.json").is_file():
            raise NotReady(f"{adapter} 不是适配器文件夹（没有 adapter_config.json）。先运行 xtuner convert。")
        report("合并", 0, 0)
        ended = await steps.merge(found.folder, _whole(adapter), _whole(out), found.chat, means)
        return {"folder": str(out), **_figures(ended)}

    _step("merge", out.parent, step, as_json=as_json)


def _step(
    name: str,
    beside: Path,
    step: Callable[[steps.Means, Report], Awaitable[dict[str, Any]]],
    *,
    as_json: bool,
) -> None:
    """Run *step* until it ends or Ctrl+C; its log and cache lie in the folder *beside*."""

    async def work(report: Report) -> dict[str, Any]:
        home, settings = _settings()
        folder = _whole(beside)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        python = training_python(home, settings.python)
        log = folder / f"{name}.log"
        return {**await step(steps.Means(python, settings, log, folder / "scratch", stop), report), "log": str(log)}

    def guarded() -> dict[str, Any]:
        with shown(as_json=as_json) as report:
            return asyncio.run(work(report))

    told = _guarded(guarded, as_json=as_json)
    if as_json:
        emit({"result": told})
        return
    typer.echo("做好了：" + "，".join(f"{key} {value}" for key, value in told.items() if value not in (None, 0)))


def _guarded(work: Callable[[], T], *, as_json: bool = False) -> T:
    try:
        return work()
    except _FAILURES as error:
        if as_json:
            emit(
                {
                    "error": error.failure.kind if isinstance(error, StepBroken) else type(error).__name__,
                    "message": str(error),
                }
            )
        else:
            Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(130 if isinstance(error, Cancelled) else 1) from error


def _settings() -> tuple[Path, XtunerSettings]:
    read = load_settings()
    return read.home, read.table("training", TrainingConfig).xtuner


def _figures(ended: Ended) -> dict[str, float]:
    return {"seconds": round(ended.seconds, 1), "peak_mb": ended.peak_mb, "peak_gpu_mb": ended.peak_gpu_mb}


def _millions(count: int) -> str:
    return f"{count / 1e9:.1f}B" if count >= 1e9 else f"{count / 1e6:.1f}M"


def _whole(path: Path) -> Path:
    return path.expanduser().resolve()
