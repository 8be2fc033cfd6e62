"""Commands that the training package answers, as a process of its own: ``gongkao train``, ``round``, ``worker`` …"""

from __future__ import annotations

import os
import subprocess
import sys

import typer

_GROUPS = {
    "train": (
        "round",
        "训练轮次：preview、start、status --follow、history、approve、cancel、resume、promote、show、gc",
    ),
    "round": ("round", "同 train；round show N 看模型卡"),
    "serve": ("serve", "启动模型服务（LMDeploy TurboMind）并看护它：死了重启，发布时换模型"),
    "release": ("release", "哪一轮的模型在服务：promote、rollback、compare、choices、dismiss、status、history"),
    "model": ("model", "模型文件夹：check 看能不能起服务、显存够不够"),
    "preferences": ("preferences", "偏好数据：build 把盲评里分出胜负的回答写成 XTuner 的 jsonl"),
    "worker": ("worker", "训练进程：做排着队的轮次，放在显卡那台机器上"),
    "env": ("env", "训练和评测的环境：create training、create evaluation"),
    "xtuner": ("xtuner", "XTuner 的每一步，单独在文件上做：render、train、convert、merge"),
    "quantise": ("quantise", "把模型量化成 4 比特：显存少用大半；用自己的题校准"),
    "evaluate": ("evaluate", "给模型打分：run、show、compare"),
    "gate": ("gate", "拿评测结果过门槛"),
    "opencompass": ("opencompass", "请 OpenCompass 复核"),
}


def add_to(app: typer.Typer) -> None:
    """Add every command to *app*; --help is the other program's to answer."""
    for name, (target, words) in _GROUPS.items():
        _hand_over(app, name, target, words)


def _hand_over(app: typer.Typer, name: str, target: str, words: str) -> None:
    @app.command(
        name,
        help=words,
        add_help_option=False,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def command(context: typer.Context) -> None:
        sys.stdout.flush()
        if os.name == "posix":
            # In our place: Ctrl+C and kill are the other program's to answer.
            # As it was typed: what is parsed here has lost its `--`.
            typed = sys.argv[sys.argv.index(name) + 1 :] if name in sys.argv else context.args
            os.execv(sys.executable, _command(target, *typed))  # noqa: S606 - a list, never through a shell
        raise typer.Exit(run(target, *context.args))


def run(*arguments: str) -> int:
    """The exit code of ``python -m training`` with *arguments*; they go as a list, never through a shell."""
    return subprocess.run(_command(*arguments), check=False).returncode  # noqa: S603


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "training", *arguments]
