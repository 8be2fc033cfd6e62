"""``python -m training preferences …``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from store.models import now
from training.datasets.errors import DatasetError
from training.preferences import words
from training.preferences.building import build
from training.rounds.desk import Desk, Told, run

app = typer.Typer(
    help="偏好数据：成员投票分出胜负的回答，给 DPO、ORPO 训练用", no_args_is_help=True, add_completion=False
)

FOLDER = Path("data/preferences")
"""Beside bot.toml."""


@app.command("build", help="把分出胜负的盲评写成一版；没有新东西就不留新版")
def build_version(
    to: Annotated[Path | None, typer.Option(metavar="FOLDER", help="写到哪个文件夹，默认 data/preferences")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="每行一个 JSON，给别的程序看")] = False,
) -> None:
    async def work(desk: Desk) -> Told:
        folder = (desk.home / FOLDER if to is None else to).resolve()
        try:
            built = await build(desk.sessions, folder, moment=now())
        except OSError as error:
            raise DatasetError(
                f"读写文件出错：{error.strerror or error}（{error.filename or '没有文件名'}）"
            ) from error
        more = {
            "version": built.name,
            "fresh": built.fresh,
            "file": str(built.file),
            "sha256": built.sha256,
            "battles": dict(built.counts),
        }
        return Told(words.built(built.name, str(built.file), built.sha256, built.counts, fresh=built.fresh), more)

    run(work, as_json=as_json)
