"""``python -m training opencompass …``."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from pydantic import SecretStr, ValidationError
from rich.console import Console
from rich.table import Table

from inference.chat_template import UnknownFamily, family_of
from inference.serving import model_folder
from settings import Settings, SettingsError, secret
from settings import load as load_settings
from training.evaluation.errors import EvaluationError
from training.evaluation.items import ItemSet
from training.evaluation.sets import read_sets
from training.opencompass import environment, results, serving
from training.opencompass.errors import NotReady, RefereeError
from training.opencompass.rendering import Local, Subject
from training.opencompass.results import Verdict
from training.opencompass.running import referee
from training.opencompass.settings import OpencompassSettings
from training.progress import emit, shown

app = typer.Typer(help="请 OpenCompass 复核：它自己出卷、自己评分", no_args_is_help=True, add_completion=False)

_ALWAYS = ("corrected", "holdout")
_FAILURES = (RefereeError, EvaluationError, SettingsError, model_folder.BadModelFolder, UnknownFamily)


@app.command("run", help="评一个模型文件夹，或一个模型服务")
def run(
    dataset: Annotated[Path, typer.Option(help="一版训练集的文件夹，例如 data/datasets/v0003", metavar="FOLDER")],
    out: Annotated[Path, typer.Option(help="结果放在哪里", metavar="FOLDER")],
    model: Annotated[Path | None, typer.Option(help="Hugging Face 格式的模型文件夹", metavar="FOLDER")] = None,
    server: Annotated[str, typer.Option(help="兼容 OpenAI 的模型服务", metavar="URL")] = "",
    model_name: Annotated[str, typer.Option(help="服务里的模型名，默认用它列出的第一个")] = "",
    extra: Annotated[
        list[Path] | None, typer.Option(help="C-Eval、CMMLU 那样的 csv 文件夹，可以写几次", metavar="FOLDER")
    ] = None,
    guard: Annotated[bool, typer.Option("--guard", help="也评通用能力里它能评的题")] = False,
    limit: Annotated[int, typer.Option(min=0, help="每个题集最多评几题，0 是全部")] = 0,
    cpu: Annotated[bool, typer.Option("--cpu/--gpu", help="模型在哪里跑，默认有显卡就用显卡")] = shutil.which(
        "nvidia-smi"
    )
    is None,
    own: Annotated[Path | None, typer.Option(help='我们自己的分数，形如 {"holdout": 71.5}', metavar="JSON")] = None,
    as_json: Annotated[bool, typer.Option("--json-progress", help="每行一个 JSON，给别的程序看")] = False,
) -> None:
    async def work() -> None:
        if (model is None) == (not server):
            raise NotReady("要评的模型写一个：--model 文件夹，或 --server 地址。")
        settings = load_settings()
        config = _config(settings)
        python = environment.python(settings.home, config)
        ours = _own(own)
        key = secret("GONGKAO_MODEL_API_KEY") if server else None
        subject = await _subject(model, server, model_name, cpu=cpu, key=key)
        sets = _sets(dataset, [*(settings.home / place for place in config.benchmarks), *(extra or ())], guard=guard)
        with shown(as_json=as_json) as report:
            verdict = await referee(
                subject,
                sets,
                out,
                python=python,
                settings=config,
                stop=asyncio.Event(),
                limit=limit,
                api_key=key,
                report=report,
            )
        _tell(verdict, out, results.disagreements(verdict, ours, config.disagreement), as_json=as_json)

    _guarded(work, as_json=as_json)


@app.command("show", help="看以前的结果")
def show(
    out: Annotated[Path, typer.Argument(help="当时的 --out")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    async def work() -> None:
        _tell(results.load(out), out, [], as_json=as_json)

    _guarded(work, as_json=as_json)


async def _subject(model: Path | None, server: str, name: str, *, cpu: bool, key: SecretStr | None) -> Subject:
    if model is None:
        return await serving.find(server, name, api_key=key)
    return _local(model, cpu=cpu)


def _local(folder: Path, *, cpu: bool) -> Local:
    folder = folder.expanduser().resolve()
    model_folder.check(folder)
    config: dict[str, object] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return Local(folder, family_of(config), on_cpu=cpu)


def _sets(dataset: Path, extras: list[Path], *, guard: bool) -> list[ItemSet]:
    wanted = (*_ALWAYS, "guard") if guard else _ALWAYS
    return [one for one in read_sets(dataset, extras) if one.name in wanted or one.name.startswith("extra/")]


def _config(settings: Settings) -> OpencompassSettings:
    # Until [training] names it, its defaults hold.
    table = settings.tables.get("training", {}).get("opencompass", {})
    try:
        return OpencompassSettings.model_validate(table)
    except ValidationError as error:
        raise SettingsError(f"[training.opencompass] 有不能用的设置：{error}") from error


def _own(file: Path | None) -> dict[str, float]:
    if file is None:
        return {}
    with suppress(OSError, ValueError, AttributeError, TypeError):
        return {str(name): float(points) for name, points in json.loads(file.read_text(encoding="utf-8")).items()}
    raise NotReady(f'{file} 读不了：要的是一个 JSON，形如 {{"holdout": 71.5}}。')


def _tell(verdict: Verdict, out: Path, found: list[results.Disagreement], *, as_json: bool) -> None:
    sentences = [one.sentence for one in found]
    if as_json:
        emit(verdict.model_dump() | {"folder": str(out), "disagreements": sentences})
        return
    table = Table(title=f"OpenCompass：{verdict.subject}", title_justify="left")
    for column, side in (("题集", "left"), ("题数", "right"), ("严格", "right"), ("宽松", "right")):
        table.add_column(column, justify=cast("Any", side))
    for name, score in verdict.sets.items():
        asked = "（部分）" if name in verdict.partial else ""
        table.add_row(name + asked, str(score.n), f"{score.exact:.1f}", f"{score.contains:.1f}")
    console = Console()
    console.print(table)
    console.print(f"用了 {verdict.seconds:.0f} 秒，答卷在 {out / verdict.run / 'predictions'}")
    for sentence in sentences:
        console.print(sentence)


def _guarded(work: Any, *, as_json: bool) -> None:
    try:
        asyncio.run(work())
    except _FAILURES as error:
        if as_json:
            emit({"error": type(error).__name__, "message": str(error)})
        else:
            Console(stderr=True).print(str(error), markup=False, highlight=False)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(130) from error
