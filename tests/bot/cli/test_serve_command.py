"""``gongkao serve`` as a process, an interpreter of our own making standing for the engine."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.peer import free_port

ROOT = Path(__file__).parents[3]
FAKE = ROOT / "tests" / "serving" / "fake_server.py"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "config.json").write_text('{"architectures": ["Qwen2ForCausalLM"]}')
    (folder / "model.safetensors").write_bytes(b"\x00")
    return folder


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """Has every module; asked to serve, it writes down how and becomes the fake server."""
    file = tmp_path / "python"
    file.write_text(
        "#!/bin/sh\n"
        'case "$*" in *find_spec*) exit 0;; esac\n'
        f'printf "%s\\n" "$@" > {tmp_path}/arguments\n'
        f'FAKE_KEY=$GONGKAO_MODEL_API_KEY exec {sys.executable} {FAKE} "$FAKE_PORT" {tmp_path}\n'
    )
    file.chmod(0o755)
    return file


@pytest.fixture
def gpu(tmp_path: Path) -> Path:
    """A folder for PATH with a driver that has one GPU."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "nvidia-smi").write_text("#!/bin/sh\necho 'NVIDIA H200, 143771 MiB'\n")
    (folder / "nvidia-smi").chmod(0o755)
    return folder


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "bot.cli", "serve", *map(str, arguments)]


def environment(**more: object) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GONGKAO_")}
    return {**kept, "PYTHONPATH": str(ROOT), **{name: str(value) for name, value in more.items()}}


def refused(tmp_path: Path, *arguments: object, **env: object) -> str:
    """What is said to a command that cannot be carried out."""
    done = subprocess.run(
        command(*arguments),
        cwd=tmp_path,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
async def test_it_serves_with_a_key_until_it_is_told_to_stop(tmp_path: Path, model: Path, interpreter: Path, gpu: Path):
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *command(model, "--python", interpreter, "--port", port, "--model-name", "公考", "--", "--quant-policy", "8"),
        cwd=tmp_path,
        env=environment(FAKE_PORT=port, GONGKAO_MODEL_API_KEY="hunter2", PATH=f"{gpu}:{os.environ['PATH']}"),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    try:
        async with asyncio.timeout(30):
            said = [(await process.stderr.readline()).decode() for _ in range(5)]
        assert "已就绪" in said[1]
        assert f'base_url = "http://127.0.0.1:{port}"\n' in said
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/v1/models") as response:
            assert response.status == 401
        child = int((tmp_path / "starts").read_text())
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        rest = (await process.communicate())[1].decode()
    assert process.returncode == 0
    assert rest.endswith("模型服务已停止。\n")
    assert not psutil.pid_exists(child)
    arguments = (tmp_path / "arguments").read_text()
    assert "--quant-policy\n8\n" in arguments
    assert arguments.endswith("--model-name\n公考\n")
    assert "hunter2" not in arguments + "".join(said) + (tmp_path / "data/logs/serving.log").read_text()


@pytest.mark.slow
def test_without_a_gpu_the_cpu_engine_is_offered(tmp_path: Path, model: Path):
    said = refused(tmp_path, model, PATH="/nonexistent")
    assert "NVIDIA" in said
    assert "--engine transformers" in said


@pytest.mark.slow
def test_weights_in_4_bit_are_not_for_a_cpu(tmp_path: Path, model: Path):
    (model / "config.json").write_text('{"quantization_config": {"quant_method": "awq"}}')
    assert "4 比特" in refused(tmp_path, model, "--engine", "transformers", "--port", free_port())


@pytest.mark.slow
def test_an_installation_is_not_begun_unasked(tmp_path: Path, model: Path):
    said = refused(tmp_path, model, "--engine", "transformers", "--port", free_port())
    assert "GB" in said
    assert "--yes" in said
    assert not (tmp_path / ".venv-serving-cpu").exists()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["turbomind", "transformers"])
def test_an_open_address_without_a_key_is_refused(tmp_path: Path, model: Path, engine: str):
    expected = "GONGKAO_MODEL_API_KEY" if engine == "turbomind" else "只能监听本机"
    assert expected in refused(tmp_path, model, "--engine", engine, "--host", "0.0.0.0")


@pytest.mark.slow
def test_an_interpreter_without_the_engine_is_refused(tmp_path: Path, model: Path):
    arguments = (model, "--engine", "transformers", "--port", free_port(), "--python")
    assert "没有 transformers" in refused(tmp_path, *arguments, sys.executable)
    assert "运行不了" in refused(tmp_path, *arguments, tmp_path / "nothing")


@pytest.mark.slow
async def test_a_taken_port_is_told(tmp_path: Path, model: Path, interpreter: Path):
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    said = refused(tmp_path, model, "--engine", "transformers", "--python", interpreter, "--port", port)
    assert f"127.0.0.1:{port} 用不了" in said
    server.close()
