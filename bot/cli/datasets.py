"""``gongkao dataset``: the hand-made way lives here; building is the training package's, run as a process of its own."""

from __future__ import annotations

import subprocess
import sys

import typer

from bot.cli import dataset_files

app = typer.Typer(help="训练集：拆分、转换、构建、比较", no_args_is_help=True, add_completion=False)
dataset_files.register(app)

_BUILDERS = {
    "build": "构建一版训练集；没有新东西就不留新版",
    "list": "有哪几版，哪一轮用了",
    "show": "一版的清单",
    "stats": "一版的数量，表和条形图",
    "diff": "两版差在哪里",
    "sample": "随便看几条",
    "check": "核对文件，再查一遍泄漏",
    "assign": "登记哪一轮用了哪一版",
    "paraphrase": "请模型换问法，答案一致才收",
}


def _hand_over(name: str, words: str) -> None:
    # --help is the other program's to answer.
    @app.command(
        name,
        help=words,
        add_help_option=False,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def command(context: typer.Context) -> None:
        # The arguments go as a list, never through a shell.
        done = subprocess.run([sys.executable, "-m", "training", "dataset", name, *context.args], check=False)  # noqa: S603
        raise typer.Exit(done.returncode)


for _name, _words in _BUILDERS.items():
    _hand_over(_name, _words)
