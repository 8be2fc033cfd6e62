"""``python -m training``: training sets, rounds, evaluation; each step is one command that also works by itself."""

from __future__ import annotations

import typer

from training.datasets import commands as datasets
from training.environments import commands as environments
from training.evaluation import commands as evaluation
from training.gate import commands as gate
from training.opencompass import commands as opencompass
from training.preferences import commands as preferences
from training.quantising import commands as quantising
from training.releases import checking, serving
from training.releases import commands as releases
from training.rounds import commands as rounds
from training.xtuner import terminal as xtuner

app = typer.Typer(name="training", help="训练集、训练轮次和评测", no_args_is_help=True, add_completion=False)
app.add_typer(datasets.app, name="dataset")
app.add_typer(preferences.app, name="preferences")
app.add_typer(rounds.app, name="round")
app.add_typer(releases.app, name="release")
app.add_typer(checking.app, name="model")
app.add_typer(environments.app, name="env")
app.add_typer(xtuner.app, name="xtuner")
app.add_typer(evaluation.app, name="evaluate")
app.add_typer(opencompass.app, name="opencompass")
app.command("gate", help="拿评测结果过门槛")(gate.gate)
app.command("quantise", help="把一个模型文件夹量化成 4 比特（AWQ）")(quantising.command)
app.command("serve", help="启动模型服务并看护它", cls=serving.Command)(serving.serve)
app.command("worker", help="做排着队的训练轮次，直到被停下")(rounds.worker)


if __name__ == "__main__":
    # Whoever reads how to use a command typed it as one of gongkao's.
    app(prog_name="gongkao")
