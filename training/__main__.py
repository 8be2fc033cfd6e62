"""``python -m training``: everything about training sets and rounds."""

from __future__ import annotations

import typer

from training.datasets import commands

app = typer.Typer(name="training", help="训练集和训练轮次", no_args_is_help=True, add_completion=False)
app.add_typer(commands.app, name="dataset")


@app.callback()
def _subcommands() -> None:
    """Without a callback typer would run a lone group as the program itself."""


if __name__ == "__main__":
    app()
