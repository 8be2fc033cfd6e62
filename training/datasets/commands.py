"""``python -m training dataset …``."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from inference.client import ModelClient
from inference.config import InferenceConfig
from local_time import today
from settings import secret
from store import datasets
from training.datasets import comparing, shown
from training.datasets.building import Built, build
from training.datasets.desk import Desk, run
from training.datasets.errors import DatasetError
from training.datasets.examples import examples
from training.datasets.paraphrasing import paraphrase
from training.datasets.samples import STYLES
from training.datasets.versions import assign, check, find, round_of

app = typer.Typer(help="训练集：造、看、比、查", no_args_is_help=True, add_completion=False)

Json = Annotated[bool, typer.Option("--json", help="每行一个 JSON，给别的程序看")]
Version = Annotated[str, typer.Argument(help="版本，例如 v0003；不写就是最新的")]


@app.command("build", help="构建一版训练集；没有新东西就不留新版")
def build_version(
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="按哪一天算题目有没有过期，默认今天")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="行和选项的顺序，默认用 bot.toml 里的")] = None,
    as_json: Json = False,
) -> None:
    async def work(desk: Desk) -> dict[str, Any]:
        config = desk.config if seed is None else desk.config.model_copy(update={"seed": seed})
        moment = day.date() if day else today()
        return _told(await build(desk.sessions, desk.root, config, day=moment, report=desk.report), desk.root)

    def say(result: dict[str, Any]) -> None:
        console = Console()
        if result["set_aside"]:
            console.print(f"挡路的 {result['set_aside']} 没有登记过（多半是上次中断留下的），改了名放在一边，可以删。")
        if not result["fresh"]:
            console.print(f"和 {result['version']} 一样，没有新东西。")
            return
        console.print(
            f"构建好了 {result['version']}：训练 {result['train']} 题、{result['samples']} 条，留出 {result['holdout']} 题，"
            f"纠错 {result['corrections']} 条。\n{result['folder']}\nsha256 {result['sha256']}"
        )
        for reason, count in result["left_out"].items():
            console.print(f"  没用 {count} 题：{reason}")

    run(work, say, as_json=as_json)


def _told(built: Built, root: Path) -> dict[str, Any]:
    told = built.manifest
    return {
        "version": built.name,
        "sha256": built.sha256,
        "fresh": built.fresh,
        "folder": str(root / built.name),
        "train": told["questions"]["train"].get("total", 0),
        "holdout": told["questions"]["holdout"].get("total", 0),
        "samples": told["samples"]["lines"],
        "corrections": told["corrections"]["used"],
        "left_out": told["left_out"],
        "set_aside": str(built.set_aside) if built.set_aside else None,
    }


@app.command("list", help="有哪些版本")
def list_versions(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    console = Console()

    async def work(desk: Desk) -> dict[str, Any]:
        async with desk.sessions() as session:
            found = await datasets.versions(session)
        if not as_json:
            shown.versions(found, console)
        return {
            "versions": [
                {"version": row.name, "sha256": row.sha256, "round": row.round, "built_at": row.built_at.isoformat()}
                for row in found
            ]
        }

    run(work, _nothing, as_json=as_json)


@app.command("show", help="一版的说明（manifest）")
def show(version: Version = "") -> None:
    async def work(desk: Desk) -> dict[str, Any]:
        return (await find(desk.sessions, desk.root, version)).manifest

    run(work, lambda manifest: print_json(manifest), as_json=False)


@app.command("stats", help="一版的数量，表和条形图")
def stats(version: Version = "") -> None:
    async def work(desk: Desk) -> dict[str, Any]:
        shown.stats(await find(desk.sessions, desk.root, version), Console())
        return {}

    run(work, _nothing, as_json=False)


@app.command("diff", help="两版差在哪里")
def diff(
    before: Annotated[str, typer.Argument(help="旧的")],
    after: Annotated[str, typer.Argument(help="新的")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    async def work(desk: Desk) -> dict[str, Any]:
        old, new = await find(desk.sessions, desk.root, before), await find(desk.sessions, desk.root, after)
        found = comparing.compare(old, new)
        if not as_json:
            shown.changes(old, new, found, Console())
        return found.as_json()

    run(work, _nothing, as_json=as_json)


@app.command("sample", help="随便看几条")
def sample(
    version: Version = "",
    count: Annotated[int, typer.Option("-n", min=1, max=1000)] = 5,
    style: Annotated[str | None, typer.Option(help=f"只看一种：{'、'.join(STYLES)}")] = None,
    seed: int = 0,
) -> None:
    async def work(desk: Desk) -> dict[str, Any]:
        if style is not None and style not in STYLES:
            raise DatasetError(f"没有 {style} 这种样式，可用的有：{'、'.join(STYLES)}。")
        found = await find(desk.sessions, desk.root, version)
        shown.conversations(examples(found.folder, count, style, seed), Console())
        return {}

    run(work, _nothing, as_json=False)


@app.command("check", help="核对一版的文件，再查一遍有没有漏题")
def check_version(version: Version = "", as_json: Json = False) -> None:
    async def work(desk: Desk) -> dict[str, Any]:
        found = await find(desk.sessions, desk.root, version)
        await check(found, desk.report)
        return {"version": found.name, "sha256": found.sha256}

    run(work, lambda told: Console().print(f"{told['version']} 没有问题：文件完好，没有漏题。"), as_json=as_json)


@app.command("assign", help="记下一版给哪一轮训练用，用了就不再变")
def assign_version(
    version: Annotated[str, typer.Argument()],
    round_name: Annotated[str, typer.Argument(metavar="ROUND", help="第几轮，例如 7")],
) -> None:
    async def work(desk: Desk) -> dict[str, Any]:
        found = await find(desk.sessions, desk.root, version)
        number = await round_of(desk.sessions, round_name)
        await assign(desk.sessions, found, number)
        return {"version": found.name, "round": number}

    run(work, lambda told: Console().print(f"{told['version']} 给第 {told['round']} 轮用了。"), as_json=False)


@app.command("paraphrase", help="让模型改写题干，经核对的存进数据库，下一版就会用上")
def paraphrase_questions(
    limit: Annotated[int, typer.Option(min=1, help="最多改写多少题，常答错的在前")] = 200,
    each: Annotated[int, typer.Option(min=1, max=8, help="一题写几种")] = 2,
    as_json: Json = False,
) -> None:
    async def work(desk: Desk) -> dict[str, Any]:
        served = desk.settings.table("inference", InferenceConfig)
        if not served.base_url:
            raise DatasetError("还没有模型服务：在 bot.toml 的 [inference] 里写上 base_url，再来改写。")
        async with ModelClient(served, api_key=secret("GONGKAO_MODEL_API_KEY")) as model:
            counts = await paraphrase(
                desk.sessions, model, desk.config, day=today(), limit=limit, each=each, report=desk.report
            )
        return dict(counts)

    def say(told: dict[str, Any]) -> None:
        Console().print(
            f"{told.get('questions', 0)} 题，模型写了 {told.get('asked', 0)} 种问法，留下 {told.get('kept', 0)} 种；"
            f"{told.get('other', 0)} 种改了数字、名字或否定，{told.get('answer', 0)} 种模型答得不一样。"
        )

    run(work, say, as_json=as_json)


def print_json(values: dict[str, Any]) -> None:
    Console().print_json(json.dumps(values, ensure_ascii=False))


def _nothing(_: dict[str, Any]) -> None:
    """The work told it already."""
