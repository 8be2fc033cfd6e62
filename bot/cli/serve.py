"""``gongkao serve``: a model server, kept alive until Ctrl+C."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import fail, load_settings


class Engine(StrEnum):
    turbomind = "turbomind"
    transformers = "transformers"


def serve(
    model_dir: Annotated[Path, typer.Argument(help="Hugging Face 格式的模型文件夹", metavar="MODEL_DIR")],
    extra: Annotated[
        list[str] | None, typer.Argument(help="写在 -- 之后，原样传给推理引擎", metavar="[-- ARGS...]")
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="turbomind 要 NVIDIA 显卡；transformers 用 CPU，只适合小模型试用")
    ] = Engine.turbomind,
    host: Annotated[str, typer.Option(help="监听地址；本机以外也能连时必须先设 GONGKAO_MODEL_API_KEY")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="端口")] = 23333,
    model_name: Annotated[str | None, typer.Option(help="对外的模型名，默认用文件夹名")] = None,
    session_len: Annotated[int, typer.Option(min=256, help="一次对话最长多少 token（仅 turbomind）")] = 8192,
    tp: Annotated[int, typer.Option(min=1, help="用几块显卡（仅 turbomind）")] = 1,
    python: Annotated[Path | None, typer.Option(help="用这个 Python（已装好引擎），不另建环境", metavar="PATH")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="要下载安装时不再询问")] = False,
) -> None:
    """Exit codes: 0 stopped by the user, 1 could not be kept alive, 2 cannot be started like this."""
    # aiohttp and pydantic take a quarter of a second to import: not for --help.
    from bot.cli import serving

    if sys.platform == "win32":
        fail("gongkao serve 要在 Linux 上运行（Windows 请用 WSL）。", 2)
    folder = model_dir.expanduser().resolve()
    wanted = serving.Wanted(
        engine=engine.value,
        model=serving.Serving(
            folder, model_name or model_dir.expanduser().absolute().name, host, port, tuple(extra or ())
        ),
        python=python,
        session_len=session_len,
        tp=tp,
        yes=yes,
    )
    serving.serve(wanted, load_settings().home)
