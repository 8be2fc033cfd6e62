"""``gongkao serve`` as a process, the stand-in of the releases' tests standing for the engine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from tests.training.releases.conftest import model as model_folder
from tests.training.releases.conftest import port_pair

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
STAND_IN = ROOT / "tests" / "training" / "releases" / "stand_in_server.py"
KEY = "hunter2-of-the-server"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return model_folder(tmp_path / "tiny")


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Has every module; asked to serve, it writes down how and with which key, and becomes the stand-in."""
    file = tmp_path / "python"
    file.write_text(
        "#!/bin/sh\n"
        'case "$*" in *find_spec*) exit 0;; esac\n'
        f'printf "%s\\n" "$@" > {tmp_path}/arguments\n'
        f'printf "%s" "$GONGKAO_MODEL_API_KEY" > {tmp_path}/key\n'
        f'exec {sys.executable} {STAND_IN} "$@"\n'
    )
    file.chmod(0o755)
    return file


@pytest.fixture
def gpu(tmp_path: Path) -> str:
    """A PATH with a driver that has one GPU."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "nvidia-smi").write_text(
        '#!/bin/sh\ncase "$*" in *memory.free*) exit 1;; esac\necho "NVIDIA H200, 143771 MiB"\n'
    )
    (folder / "nvidia-smi").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def settings(home: Path, **values: object) -> None:
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in values.items())
    (home / "bot.toml").write_text(f"[serving]\n{lines}\n", encoding="utf-8")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "bot.cli", "serve", *map(str, arguments)]


def environment(**more: object) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAO_")}
    return {**kept, "PYTHONPATH": str(ROOT), **{name: str(value) for name, value in more.items()}}


async def ended(home: Path, *arguments: object, code: int = 0, env: Mapping[str, str] | None = None) -> str:
    """What is said by a command that ends by itself."""
    child = await asyncio.create_subprocess_exec(
        *command(*arguments),
        cwd=home,
        env=environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        said = (await asyncio.wait_for(child.communicate(), 40))[0].decode()
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
    assert child.returncode == code, said
    assert "Traceback" not in said
    return said


async def refused(home: Path, *arguments: object, env: Mapping[str, str] | None = None) -> str:
    return await ended(home, *arguments, code=2, env=env)


@dataclass
class Home:
    """A folder in which models are served; nothing of it runs on afterwards."""

    path: Path
    env: dict[str, str]
    port: int = field(default_factory=port_pair)

    def rows(self) -> list[dict[str, Any]]:
        file = self.path / "data" / "gongkao.db"
        if not file.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            with contextlib.suppress(sqlite3.OperationalError):
                return [dict(row) for row in connection.execute("SELECT * FROM release ORDER BY id")]
        return []

    async def serving(self) -> dict[str, Any]:
        """The row that serves, once one does."""
        async with asyncio.timeout(40):
            while True:
                if found := [row for row in self.rows() if row["status"] == "serving"]:
                    return found[0]
                await asyncio.sleep(0.05)

    def processes(self) -> list[psutil.Process]:
        """All that have to do with this folder: keepers and servers."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                here = process.cwd() == str(self.path)
                if here and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def logs(self) -> str:
        return "".join(file.read_text(errors="replace") for file in (self.path / "data" / "logs").iterdir())


@pytest.fixture
async def home(tmp_path: Path, gpu: str) -> AsyncIterator[Home]:
    made = Home(tmp_path, environment(PATH=gpu, GONGKAO_MODEL_API_KEY=KEY))
    yield made
    for process in made.processes():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


async def test_it_serves_with_a_key_until_it_is_told_to_stop(home: Home, model: Path, python: Path):
    settings(home.path, port=port_pair(), session_len=4096, beside="never", check_every_s=0.2, python="/nonexistent")
    process = await asyncio.create_subprocess_exec(
        *command(model, "--python", python, "--port", home.port, "--session-len", 2048),
        cwd=home.path,
        env=home.env,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        row = await home.serving()
        body = {"model": row["name"], "messages": [{"role": "user", "content": "？"}]}
        async with aiohttp.ClientSession() as http, http.post(f"{row['url']}/v1/chat/completions", json=body) as got:
            assert got.status == 200
        told = [one.cmdline() for one in home.processes()]
        assert len(told) == 2
        assert not [one for one in told if KEY in " ".join(one)]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        said = (await asyncio.wait_for(process.communicate(), 30))[1].decode()
    assert process.returncode == 0
    assert "模型 tiny 上线了" in said
    assert said.endswith("模型服务已停止。\n")
    assert home.processes() == []
    [row] = home.rows()
    assert (row["status"], row["url"]) == ("ended", f"http://127.0.0.1:{home.port}")
    assert row["ended_at"]
    assert row["serving_until"]
    # What was given here wins over bot.toml, whose other settings hold.
    arguments = (home.path / "arguments").read_text()
    assert "--session-len\n2048\n" in arguments
    assert arguments.endswith(f"--server-port\n{home.port}\n--model-name\n{row['name']}\n")
    assert (home.path / "key").read_text() == KEY
    assert KEY not in said + home.logs() + arguments + json.dumps(row)


async def test_a_key_that_the_engine_prints_is_not_repeated(home: Home, model: Path, python: Path):
    python.write_text(python.read_text().replace("exec ", 'echo "api_keys=[$GONGKAO_MODEL_API_KEY]"; exit 3\nexec '))
    said = await ended(home.path, model, "--python", python, "--port", home.port, code=1, env=home.env)
    assert "没有模型在服务" in said
    assert "api_keys=[***]" in said
    [row] = home.rows()
    assert row["status"] == "failed"
    assert KEY not in said + json.dumps(row)
    # The engine's own log is for its owner's eyes.
    own = [file for file in (home.path / "data" / "logs").iterdir() if KEY in file.read_text()]
    assert [stat.S_IMODE(file.stat().st_mode) for file in own] == [0o600]


async def test_arguments_of_the_engine_are_handed_over(home: Home, model: Path, python: Path):
    python.write_text(python.read_text().replace("exec ", "exit 3\nexec "))
    given = ("--", "--quant-policy", "8")
    await ended(home.path, model, "--python", python, "--port", home.port, *given, code=1, env=home.env)
    assert "--quant-policy\n8\n--server-name" in (home.path / "arguments").read_text()


@pytest.mark.parametrize("short", ["--detach", "-yd"])
async def test_it_goes_behind_the_terminal_and_is_stopped_from_another(
    home: Home, model: Path, python: Path, short: str
):
    settings(home.path, port=home.port, python=str(python), check_every_s=0.2)
    said = await ended(home.path, model, short, env=home.env)
    found = re.search(r"进程号 (\d+)", said)
    assert found
    await home.serving()
    assert int(found[1]) in [process.pid for process in home.processes()]
    assert "已经在运行" in await refused(home.path, model, env=home.env)
    assert "模型服务已停止。" in await ended(home.path, "--stop", env=home.env)
    assert home.processes() == []
    assert [row["status"] for row in home.rows()] == ["ended"]
    assert "没有在运行的" in await ended(home.path, "--stop", env=home.env)
    assert KEY not in said + home.logs()


async def test_what_it_says_behind_the_terminal_is_private_and_bounded(home: Home, model: Path, python: Path):
    settings(home.path, port=home.port, python=str(python), log_mb=1)
    log = home.path / "data" / "logs" / "keeper.log"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"x" * 1_100_000 + b"\n")
    log.chmod(0o644)
    await ended(home.path, model, "--detach", env=home.env)
    await home.serving()
    with log.open("ab") as file:
        file.write(b"y" * 1_100_000 + b"\n")
    async with asyncio.timeout(20):
        while log.stat().st_size > 1_000_000:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.05)
    await ended(home.path, "--stop", env=home.env)
    found = sorted(log.parent.glob("keeper.log*"))
    assert [file.name for file in found] == ["keeper.log", "keeper.log.1", "keeper.log.2"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in found] == [0o600] * 3
    assert "模型服务已停止。" in log.read_text()


async def test_what_cannot_be_served_is_told_before_it_goes_behind_the_terminal(home: Home, python: Path):
    said = await refused(home.path, home.path / "nothing", "--python", python, "--detach", env=home.env)
    assert "没有这个文件夹" in said
    assert home.processes() == []


async def test_without_a_gpu_the_cpu_engine_is_offered(tmp_path: Path, model: Path):
    said = await refused(tmp_path, model, env={"PATH": "/nonexistent"})
    assert "NVIDIA" in said
    assert "--engine transformers" in said


async def test_weights_in_4_bit_are_not_for_a_cpu(tmp_path: Path, model: Path, python: Path):
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "quantization_config": {"quant_method": "awq"}}))
    assert "4 比特" in await refused(tmp_path, model, "--engine", "transformers", "--python", python)


async def test_a_folder_without_a_model_is_refused(tmp_path: Path, model: Path, python: Path):
    (model / "model.safetensors").unlink()
    assert "没有权重" in await refused(tmp_path, model, "--engine", "transformers", "--python", python)


async def test_an_installation_is_not_begun_unasked(tmp_path: Path, model: Path):
    said = await refused(tmp_path, model, "--engine", "transformers")
    assert "GB" in said
    assert "--yes" in said
    assert not (tmp_path / ".venv-serving-cpu").exists()


@pytest.mark.parametrize(
    ("engine", "expected"), [("turbomind", "GONGKAO_MODEL_API_KEY"), ("transformers", "只能监听本机")]
)
async def test_an_open_address_without_a_key_is_refused(
    tmp_path: Path, model: Path, gpu: str, engine: str, expected: str
):
    assert expected in await refused(tmp_path, model, "--engine", engine, "--host", "0.0.0.0", env={"PATH": gpu})


async def test_an_interpreter_without_the_engine_is_refused(tmp_path: Path, model: Path):
    arguments = (model, "--engine", "transformers", "--python")
    assert "没有 transformers" in await refused(tmp_path, *arguments, sys.executable)
    assert "运行不了" in await refused(tmp_path, *arguments, tmp_path / "nothing")


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("[serving]\nprot = 1\n", "没有 prot 这个键，是不是想写 port？"),
        ("[serving]\nport = 'many'\n", "[serving] port 的值 'many' 不行"),
        ("[serving.watch]\nfewest = 0\n", "[serving.watch] fewest 的值 0 不行"),
        ("[servin]\nport = 1\n", "是不是想写 serving？"),
        ("[serving\n", "不是正确的 TOML"),
        pytest.param(
            "[serving]\nextra = ['--server-port=1']\n",
            "extra 里不能改地址",
        ),
    ],
)
async def test_settings_that_cannot_be_used_are_named(tmp_path: Path, toml: str, expected: str):
    (tmp_path / "bot.toml").write_text(toml)
    assert expected in await refused(tmp_path, "--engine", "transformers")


def _nobody(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_a_taken_port_is_told(home: Home, model: Path, python: Path):
    server = await asyncio.start_server(_nobody, "127.0.0.1", home.port)
    async with server:
        said = await ended(home.path, model, "--python", python, "--port", home.port, code=1, env=home.env)
    assert f"端口 {home.port} 用不了" in said
    assert [row["status"] for row in home.rows()] == ["failed"]
    assert not (home.path / "arguments").exists()
