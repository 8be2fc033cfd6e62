"""What ``gongkao serve`` does: refuse early, make the environment, supervise, tell the person at the screen."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typer

from bot.cli.console import fail
from inference.serving import engines, environment, model_folder
from inference.serving.engines import Serving
from inference.serving.environment import Environment, EnvironmentFailed
from inference.serving.gpu import nvidia_gpus
from inference.serving.log import ServingLog
from inference.serving.server import Event, Launch, ServerGaveUp, ServerSupervisor
from inference.serving.turns import PLACE, GpuTurn
from settings import SettingsError, secret

EngineName = Literal["turbomind", "transformers"]

_LOG = Path("data/logs/serving.log")
_SCRATCH = Path("data/serving")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asked for."""

    engine: EngineName
    model: Serving
    python: Path | None
    """Interpreter to use instead of an environment of our own."""
    session_len: int
    tp: int
    yes: bool
    """Install without asking."""


def serve(wanted: Wanted, home: Path) -> None:
    """Serve until Ctrl+C; ends the command with a sentence when that is not possible."""
    try:
        _check(wanted.model, wanted.engine)
        launch = _launch(wanted, _interpreter(wanted.engine, home, wanted.python, yes=wanted.yes), home)
    except (model_folder.BadModelFolder, EnvironmentFailed, SettingsError) as error:
        fail(str(error), 2)
    try:
        asyncio.run(_supervise(launch, wanted.model, home))
    except ServerGaveUp as error:
        tail = "\n".join(error.tail) or "（没有输出）"
        fail(f"模型服务一再启动失败，已放弃。最后的日志：\n\n{tail}\n\n完整日志：{home / _LOG}")
    except OSError as error:
        fail(f"启动不了 {launch.command[0]}：{error.strerror}")


def _launch(wanted: Wanted, interpreter: Path, home: Path) -> Launch:
    if wanted.engine == "transformers":
        return engines.transformers(wanted.model, interpreter, scratch=home / _SCRATCH)
    return engines.turbomind(
        wanted.model,
        interpreter,
        session_len=wanted.session_len,
        tp=wanted.tp,
        api_key=secret("GONGKAO_MODEL_API_KEY"),
    )


def _check(serving: Serving, engine: EngineName) -> None:
    if "/" in serving.name or serving.name.startswith("."):
        raise SettingsError("模型名里不能有 /，也不能以 . 开头，请换一个 --model-name。")
    _check_exposure(serving.host, engine)
    model_folder.check(serving.folder)
    if engine == "transformers" and model_folder.quantisation(serving.folder) in ("awq", "gptq"):
        raise SettingsError("这是 4 比特的模型，只能用显卡和 turbomind 起服务；CPU 上请用量化以前的那个文件夹。")
    if engine == "turbomind" and not nvidia_gpus():
        raise SettingsError(
            "没有找到可用的 NVIDIA 显卡（nvidia-smi 不可用），TurboMind 只能在它上面跑。\n"
            "想在 CPU 上用小模型试一试，加上 --engine transformers；没有模型，机器人也能用题库回答。"
        )
    _check_port_is_free(serving.host, serving.port)


def _check_exposure(host: str, engine: EngineName) -> None:
    # NoneBot comes along with it: half a second.
    from bot.exposure import is_loopback

    if is_loopback(host):
        return
    if engine == "transformers":
        raise SettingsError("transformers 引擎没有密钥保护，只能监听本机（--host 127.0.0.1）。")
    if secret("GONGKAO_MODEL_API_KEY") is None:
        raise SettingsError(
            f"要监听 {host}（本机以外也能连），必须先在环境变量或 .env 里设置 GONGKAO_MODEL_API_KEY，"
            "机器人那边也设成同一个。"
        )


def _check_port_is_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"{host}:{port} 用不了（{error.strerror}）。可能已有一个模型服务在跑，或者用 --port 换个端口。"
            ) from error


def _interpreter(engine: EngineName, home: Path, given: Path | None, *, yes: bool) -> Path:
    """The Python to run the engine with; made on first use, after asking.

    Raises:
        EnvironmentFailed: the given one lacks the engine, or none could be made.
    """
    module = "lmdeploy" if engine == "turbomind" else "transformers"
    if given is not None:
        _check_has(given, module)
        # Not resolved: a virtual environment is known by the path of its link.
        return given.expanduser().absolute()
    wanted = environment.turbomind(home) if engine == "turbomind" else environment.transformers(home)
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


async def _supervise(launch: Launch, serving: Serving, home: Path) -> None:
    key = launch.api_key.get_secret_value() if launch.api_key else ""
    log_file = home / _LOG
    log = ServingLog(log_file, secret=key)
    supervisor = ServerSupervisor(
        launch,
        log,
        report=lambda event: typer.echo(in_words(event, serving, log_file), err=True),
        turn=GpuTurn(home / PLACE),
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.stop)
    try:
        await supervisor.run()
    finally:
        log.close()


def in_words(event: Event, serving: Serving, log_file: Path) -> str:
    """*event* for the person at the screen."""
    if event.kind == "starting":
        return f"正在启动模型服务，日志在 {log_file}"
    if event.kind == "ready":
        return (
            f"模型服务已就绪，用了 {event.seconds:.0f} 秒。在 bot.toml 里写上，再重启机器人：\n\n"
            f'[inference]\nbase_url = "{serving.url}"\nmodel = "{serving.name}"\n\n'
            "按 Ctrl+C 停止。"
        )
    if event.kind == "ended":
        if event.exit_code == -signal.SIGKILL:
            return "模型服务被系统杀掉了，多半是内存不够。"
        return f"模型服务退出了（退出码 {event.exit_code}）。"
    if event.kind == "restarting":
        return f"{event.seconds:.0f} 秒后重新启动。"
    return {
        "hung": "模型服务连续没有响应，已停掉。",
        "never_ready": "模型服务迟迟没有就绪，已停掉。",
        "paused": "显卡让给训练了，练完会自己重新启动；这期间机器人用题库回答。",
        "stopped": "模型服务已停止。",
    }[event.kind]
