"""``python -m training evaluate …``."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from settings import secret
from training.evaluation import report as reports
from training.evaluation import shown
from training.evaluation.asking import Manner
from training.evaluation.comparing import compare
from training.evaluation.errors import EvaluationError
from training.evaluation.running import Candidate, evaluate, summary
from training.evaluation.sets import read_sets
from training.progress import Report as Progress
from training.progress import emit
from training.progress import shown as progress_shown

app = typer.Typer(help="评测：考、看、比", no_args_is_help=True, add_completion=False)

Json = Annotated[bool, typer.Option("--json", help="每行一个 JSON，给别的程序看")]


@app.command("run", help="把一版数据集里的题全考一遍")
def run(
    server: Annotated[
        list[str], typer.Option(help="模型服务的地址，例如 http://127.0.0.1:23333；同一个模型起了几个就写几次，更快")
    ],
    dataset: Annotated[Path, typer.Option(help="一版数据集的文件夹")],
    out: Annotated[Path, typer.Option(help="结果放在哪个文件夹；没考完的下次接着考")],
    model: Annotated[str, typer.Option(help="模型名，默认用服务列出的第一个")] = "",
    folder: Annotated[
        Path | None, typer.Option("--model-folder", help="模型文件夹：知道它才能成批地问、量大小")
    ] = None,
    family: Annotated[str, typer.Option(help="模型系列，例如 qwen3；有模型文件夹就不用写")] = "",
    extra: Annotated[
        list[Path] | None, typer.Option(help="另外的题集：C-Eval、CMMLU 那样的 csv 文件夹，可写多个")
    ] = None,
    first_line: Annotated[
        bool, typer.Option("--first-line", help="回答只要第一行，省掉理由；两边要一样才能比")
    ] = False,
    max_tokens: Annotated[int, typer.Option(min=1, help="一次回答最多多少 token")] = 256,
    concurrency: Annotated[int, typer.Option(min=1, help="不能成批问的时候，同时问多少题")] = 64,
    near: Annotated[int, typer.Option(min=0, help="容易混的题最多考多少")] = 500,
    as_json: Json = False,
) -> None:
    async def work(progress: Progress) -> reports.Report:
        sets = read_sets(dataset, extra or (), nearest=near, report=progress)
        return await evaluate(
            Candidate(tuple(server), model, folder, family, secret("GONGKAO_MODEL_API_KEY")),
            sets,
            out,
            dataset=dataset.resolve().name,
            manner=Manner(max_tokens=max_tokens, first_line=first_line, concurrency=concurrency),
            progress=progress,
        )

    with mistakes(as_json=as_json):
        with progress_shown(as_json=as_json) as progress:
            found = asyncio.run(work(progress))
        if as_json:
            emit({"result": summary(found) | {"out": str(out)}})
        else:
            shown.report(found, Console())


@app.command("show", help="看一次评测的结果")
def show(out: Annotated[Path, typer.Argument(metavar="FOLDER")], as_json: Json = False) -> None:
    with mistakes(as_json=as_json):
        found = reports.read(out)
        if as_json:
            emit({"result": found.model_dump(mode="json")})
        else:
            shown.report(found, Console())


@app.command("compare", help="两次评测逐题对比，前一个是新模型")
def compare_reports(
    candidate: Annotated[Path, typer.Argument(metavar="NEW")],
    baseline: Annotated[Path, typer.Argument(metavar="OLD")],
    as_json: Json = False,
) -> None:
    with mistakes(as_json=as_json):
        found = compare(candidate, baseline)
        if as_json:
            emit({"result": found.as_json()})
        else:
            shown.comparison(found, Console())


@contextmanager
def mistakes(*, as_json: bool, code: int = 1, also: tuple[type[Exception], ...] = ()) -> Generator[None]:
    """A mistake that a person can mend becomes one sentence and the exit code *code*."""
    sentence: str | None = None
    try:
        yield
    except (EvaluationError, *also) as error:
        sentence = str(error)
    except OSError as error:
        sentence = f"读写文件出错：{error.strerror or error}（{error.filename or '没有文件名'}）"
    if sentence is None:
        return
    told: dict[str, Any] = {"error": sentence}
    if as_json:
        emit(told)
    else:
        Console(stderr=True).print(sentence, style="red", markup=False)
    raise typer.Exit(code)
