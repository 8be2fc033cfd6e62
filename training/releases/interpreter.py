"""The Python that has the serving engine, made on first use, after asking."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import typer

from inference.serving import environment
from inference.serving.config import ServingConfig
from inference.serving.environment import Environment, EnvironmentFailed
from inference.serving.gpu import nvidia_gpus
from settings import SettingsError, is_loopback, secret


def check_settings(config: ServingConfig) -> None:
    """Raises SettingsError: this machine cannot serve with such settings."""
    if config.engine == "turbomind" and not nvidia_gpus():
        raise SettingsError(
            "没有找到可用的 NVIDIA 显卡（nvidia-smi 不可用），TurboMind 只能在它上面跑。\n"
            "想在 CPU 上用小模型试一试，加上 --engine transformers；没有模型，机器人也能用题库回答。"
        )
    if is_loopback(config.host):
        return
    if config.engine == "transformers":
        raise SettingsError("transformers 引擎没有密钥保护，只能监听本机（--host 127.0.0.1）。")
    if secret("GONGKAO_MODEL_API_KEY") is None:
        raise SettingsError(
            f"要监听 {config.host}（本机以外也能连），必须先在环境变量或 .env 里设置 GONGKAO_MODEL_API_KEY，"
            "机器人那边也设成同一个。"
        )


def interpreter(config: ServingConfig, home: Path, *, yes: bool) -> Path:
    """The Python to run the engine with.

    Raises:
        EnvironmentFailed: the given one lacks the engine, or none could be made.
    """
    turbo = config.engine == "turbomind"
    module = "lmdeploy" if turbo else "transformers"
    if config.python is not None:
        _check_has(config.python, module)
        # Not resolved: a virtual environment is known by the path of its link.
        return config.python.expanduser().absolute()
    wanted = environment.turbomind(home) if turbo else environment.transformers(home)
    if not wanted.is_complete():
        _confirm(wanted, module, yes=yes)
        wanted.create()
        typer.echo("依赖装好了。")
    return wanted.python


def _check_has(python: Path, module: str) -> None:
    probe = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    try:
        found = subprocess.run([python.expanduser(), "-c", probe], check=False).returncode == 0  # noqa: S603
    except OSError as error:
        raise EnvironmentFailed(f"--python 指的 {python} 运行不了：{error.strerror}") from error
    if not found:
        raise EnvironmentFailed(f"{python} 的环境里没有 {module}。")


def _confirm(wanted: Environment, module: str, *, yes: bool) -> None:
    typer.echo(
        f"第一次使用（或依赖有更新），要在 {wanted.folder} 装 {module} 和 PyTorch："
        f"下载约 {wanted.download_gb:g} GB，请留出约 {wanted.disk_gb:g} GB 磁盘。\n"
        "已有装好的环境可以用 --python 指定，不必再下。"
    )
    if yes:
        return
    if not sys.stdin.isatty():
        raise EnvironmentFailed("这里没法询问，确定要装请加 --yes。")
    if not typer.confirm("现在安装吗？"):
        raise typer.Exit(1)
